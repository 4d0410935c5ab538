import { listExperiments, type Experiment } from '../tracking/experiments';
import { listRuns } from '../tracking/runs';

export const readExperiments = (): Promise<Experiment[]> => listExperiments();

export interface TrackedRunView {
  readonly runId: string;
  readonly name: string;
  readonly status: string;
  readonly startedAt: string;
  readonly parentRunId?: string | undefined;
  /** How many runs it is a part of. */
  readonly depth: number;
  readonly metrics: Readonly<Record<string, number>>;
  readonly params: Readonly<Record<string, string>>;
}

/** Tracked runs of an experiment, newest first, each with all that is below it after it. */
export async function readTrackedRuns(experimentId: string): Promise<TrackedRunView[]> {
  const runs = (await listRuns(experimentId)).map((run): TrackedRunView => ({
    runId: run.runId,
    name: run.runName,
    status: run.status,
    startedAt: new Date(run.startTime).toISOString(),
    parentRunId: run.tags['mlflow.parentRunId'],
    depth: 0,
    metrics: run.metrics,
    params: run.params,
  }));
  const children = (id: string) =>
    runs.filter((run) => run.parentRunId === id).sort((a, b) => a.name.localeCompare(b.name));
  const known = new Set(runs.map(({ runId }) => runId));
  const withAll = (run: TrackedRunView, depth: number): TrackedRunView[] => [
    { ...run, depth },
    ...children(run.runId).flatMap((child) => withAll(child, depth + 1)),
  ];
  return runs
    .filter(({ parentRunId }) => parentRunId === undefined || !known.has(parentRunId))
    .flatMap((run) => withAll(run, 0));
}
