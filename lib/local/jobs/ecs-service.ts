/** ECS as far as tasks on Fargate go: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/ */
import type { Turn } from '../lambda/slots';
import { AwsError, type JsonService, type Principal } from '../service';
import type { DefinitionStore } from './definition-store';
import type { JobRecord } from './job-record';
import type { JobRunner } from './job-runner';

interface RunTask {
  readonly cluster?: string;
  readonly taskDefinition?: string;
  readonly group?: string;
  readonly overrides?: {
    readonly containerOverrides?: readonly {
      readonly command?: readonly string[];
      readonly environment?: readonly { readonly name: string; readonly value: string }[];
    }[];
  };
}

export class EcsService implements JsonService {
  readonly target = 'AmazonEC2ContainerServiceV20141113';
  readonly jsonVersion = '1.1';

  constructor(
    private readonly jobs: JobRunner,
    private readonly definitions: DefinitionStore,
    private readonly account: string,
    private readonly region: string,
  ) {}

  /** Starts a task for a machine. @throws AwsError */
  start(input: RunTask, machine: string, turn?: Turn): JobRecord {
    const definition = this.definitions.require(input.taskDefinition ?? '', 'ClientException');
    const override = input.overrides?.containerOverrides?.[0];
    const environment = {
      ...definition.environment,
      ...Object.fromEntries((override?.environment ?? []).map(({ name, value }) => [name, value])),
    };
    return this.jobs.start(
      {
        service: 'ecs',
        name: input.group ?? `family:${definition.family}`,
        machine,
        task: taskOf(environment),
        image: definition.image,
        entryPoint: definition.entryPoint,
        args: override?.command ?? definition.command,
        environment,
        roleArn: definition.roleArn,
        gpu: 0,
        logGroup: definition.logGroup,
        logStream: 'job/main/{id}',
        place: definition.family,
      },
      turn,
    );
  }

  async call(operation: string, input: unknown, _principal: Principal): Promise<unknown> {
    const body = (input ?? {}) as RunTask & {
      family?: string;
      desiredStatus?: string;
      tasks?: string[];
      task?: string;
      reason?: string;
    };
    switch (operation) {
      case 'RunTask':
        return { tasks: [this.describe(this.start(body, ''), body.cluster)], failures: [] };
      case 'ListTasks': {
        const running = (body.desiredStatus ?? 'RUNNING') === 'RUNNING';
        const records = this.jobs.list(
          (record) =>
            record.service === 'ecs' &&
            (body.family === undefined || record.place === body.family) &&
            (record.status === 'RUNNING') === running,
        );
        return { taskArns: records.map((record) => this.arnOf(record, body.cluster)) };
      }
      case 'DescribeTasks': {
        const ids = new Set((body.tasks ?? []).map((arn) => arn.split('/').at(-1)));
        const records = this.jobs.list((record) => record.service === 'ecs' && ids.has(record.id));
        return { tasks: records.map((record) => this.describe(record, body.cluster)), failures: [] };
      }
      case 'StopTask': {
        const id = body.task?.split('/').at(-1);
        const [record] = this.jobs.list((candidate) => candidate.service === 'ecs' && candidate.id === id);
        if (record === undefined)
          throw new AwsError('InvalidParameterException', 'The referenced task was not found.');
        this.jobs.stop(record.id, body.reason ?? 'Task stopped by user');
        return { task: this.describe(record, body.cluster) };
      }
    }
    throw new AwsError('UnknownOperationException', `ECS ${operation} is not served here.`);
  }

  describe(record: JobRecord, cluster = 'default'): object {
    const { status, exitCode, reason, stoppedAt } = record;
    const stopped = status !== 'RUNNING';
    const lastStatus = stopped ? 'STOPPED' : 'RUNNING';
    return {
      taskArn: this.arnOf(record, cluster),
      clusterArn: `arn:aws:ecs:${this.region}:${this.account}:cluster/${cluster}`,
      group: record.name,
      lastStatus,
      desiredStatus: lastStatus,
      launchType: 'FARGATE',
      createdAt: record.startedAt / 1000,
      startedAt: record.startedAt / 1000,
      ...(stoppedAt === undefined ? {} : { stoppedAt: stoppedAt / 1000 }),
      ...(stopped
        ? {
            stopCode: exitCode === undefined ? 'TaskFailedToStart' : 'EssentialContainerExited',
            stoppedReason: reason ?? 'Essential container in task exited',
          }
        : {}),
      containers: [
        { name: 'main', image: record.image, lastStatus, ...(exitCode === undefined ? {} : { exitCode }) },
      ],
    };
  }

  private arnOf({ id }: JobRecord, cluster = 'default'): string {
    return `arn:aws:ecs:${this.region}:${this.account}:task/${cluster}/${id}`;
  }
}

/** The id under which the machine knows the task; items of a map share it. */
export function taskOf(environment: Readonly<Record<string, string>>): string {
  return (environment['MILLRACE_TASK'] ?? '').replace(/\[\d+\]/g, '');
}
