import { DescribeTasksCommand, ListTasksCommand, StopTaskCommand, type Task } from '@aws-sdk/client-ecs';
import { ecsClient } from '../../aws/clients/ecs';
import type { JobPlace } from '../../model/job';
import type { JobService } from './job-service';

/** `DescribeTasks` takes as many. */
const MAX_DESCRIBED = 100;

/** Tasks of ECS have no names; the group that they are started in carries it. */
export const ecsJobs: JobService = {
  async describe(place, name) {
    const task = await find(place, name);
    if (task === undefined) return { status: 'gone' };
    const container = task.containers?.[0];
    const id = task.taskArn?.split('/').at(-1) ?? '';
    const startedAt = task.startedAt ?? task.createdAt;
    const about = {
      stream: `job/${container?.name ?? 'main'}/${id}`,
      ...(startedAt === undefined ? {} : { startedAt: startedAt.getTime() }),
    };
    if (task.lastStatus !== 'STOPPED') return { ...about, status: 'running' };
    const { exitCode } = container ?? {};
    const reason = [task.stoppedReason, container?.reason].filter((part) => part !== undefined).join(': ');
    return {
      ...about,
      status: exitCode === 0 ? 'succeeded' : 'failed',
      reason,
      ...(exitCode === undefined ? {} : { exitCode }),
    };
  },

  async stop(place, name, reason) {
    const task = await find(place, name);
    if (task !== undefined && task.desiredStatus !== 'STOPPED')
      await ecsClient().send(new StopTaskCommand({ cluster: place.where, task: task.taskArn, reason }));
  },
};

/** The task of a name; one that runs before one that has stopped, which ECS remembers for an hour. */
async function find({ where, family }: JobPlace, name: string): Promise<Task | undefined> {
  for (const desiredStatus of ['RUNNING', 'STOPPED'] as const) {
    let nextToken: string | undefined;
    do {
      const page = await ecsClient().send(
        new ListTasksCommand({ cluster: where, family, desiredStatus, maxResults: MAX_DESCRIBED, nextToken }),
      );
      const arns = page.taskArns ?? [];
      if (arns.length > 0) {
        const { tasks = [] } = await ecsClient().send(
          new DescribeTasksCommand({ cluster: where, tasks: arns }),
        );
        const found = tasks.find(({ group }) => group === name);
        if (found !== undefined) return found;
      }
      ({ nextToken } = page);
    } while (nextToken !== undefined);
  }
  return undefined;
}
