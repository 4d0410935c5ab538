import { DoNotRetry, NotReady } from '../../lib/model/errors';
import { runsForDate } from '../../lib/orchestration/runs-for-date';
import { taskHandler } from '../../lib/runtime/task-handler';
import { pipelineSensor } from '../../lib/tasks/pipeline-sensor';

export const handler = taskHandler(pipelineSensor, async ({ pipeline, date, failOnFailure }) => {
  const runs = await runsForDate(pipeline, date);
  const good = runs.find((run) => run.status === 'success');
  if (good !== undefined)
    return { runId: good.runId, logicalDate: good.logicalDate, endedAt: good.endedAt ?? good.startedAt };
  const [latest] = runs;
  if (latest === undefined) throw new NotReady(`${pipeline} has no run for ${date} yet.`);
  if (failOnFailure && latest.status !== 'running')
    throw new DoNotRetry(
      `The run ${latest.runId} of ${pipeline} for ${date} ended as ${latest.status}. Details: millrace show ${latest.runId}`,
    );
  throw new NotReady(`The run ${latest.runId} of ${pipeline} for ${date} is ${latest.status}.`);
});
