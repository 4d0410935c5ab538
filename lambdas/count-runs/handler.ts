import { runsStartedSince } from '../../lib/orchestration/list-runs';
import { taskHandler } from '../../lib/runtime/task-handler';
import { countRuns } from '../../lib/tasks/count-runs';

const HOUR_MS = 3_600_000;

export const handler = taskHandler(countRuns, async ({ pipeline, hours, startedBy }, { run }) => {
  const since = new Date(Date.parse(run.startedAt) - hours * HOUR_MS).toISOString();
  const runs = (await runsStartedSince(pipeline, since)).filter(
    ({ startedAt, trigger }) =>
      startedAt > since && startedAt < run.startedAt && (startedBy === undefined || trigger === startedBy),
  );
  return { count: runs.length, latest: runs[0]?.runId ?? '' };
});
