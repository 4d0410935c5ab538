import { listExperiments, type Experiment } from '../tracking/experiments';
import { listRuns } from '../tracking/runs';

export const readExperiments = (): Promise<Experiment[]> => listExperiments();

export interface TrackedRunView {
  readonly runId: string;
  readonly name: string;
  readonly status: string;
  readonly startedAt: string;
  readonly parentRunId?: string | undefined;
  readonly metrics: Readonly<Record<string, number>>;
  readonly params: Readonly<Record<string, string>>;
}

/** Tracked runs of an experiment, newest first, children after their parent. */
export async function readTrackedRuns(experimentId: string): Promise<TrackedRunView[]> {
  const runs = (await listRuns(experimentId)).map((run): TrackedRunView => ({
    runId: run.runId,
    name: run.runName,
    status: run.status,
    startedAt: new Date(run.startTime).toISOString(),
    parentRunId: run.tags['mlflow.parentRunId'],
    metrics: run.metrics,
    params: run.params,
  }));
  const children = (id: string) =>
    runs.filter((run) => run.parentRunId === id).sort((a, b) => a.name.localeCompare(b.name));
  return runs.filter((run) => run.parentRunId === undefined).flatMap((run) => [run, ...children(run.runId)]);
}
