/** Tracked runs, in MLflow's sense: made, ended, read, listed. What is logged to them is in the files beside this one. */
import { check, NEW, put } from '../aws/dynamo-table';
import { trackingTable } from '../aws/tables';
import { changeRun } from './change-run';
import { getExperiment } from './experiments';
import { experimentKey, runKey, runPointerKey, runsStartedBetween } from './keys';
import { checkRunId } from './limits';
import { withParams } from './params';
import { readRunDocument, type DatasetInput, type RunDocument, type RunStatus } from './run-document';
import { withTags } from './tags';
import { TrackingRefused } from './tracking-refused';

export type { DatasetInput, RunStatus } from './run-document';

export interface TrackedRun {
  readonly runId: string;
  readonly experimentId: string;
  readonly runName: string;
  readonly status: RunStatus;
  /** Milliseconds since 1970. */
  readonly startTime: number;
  readonly endTime: number | undefined;
  readonly artifactUri: string;
  readonly lifecycleStage: 'active' | 'deleted';
  /** Latest value of each metric by (step, timestamp, value). */
  readonly metrics: Readonly<Record<string, number>>;
  readonly params: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
  readonly inputs: readonly DatasetInput[];
}

export interface NewRun {
  /** 32 lower-case hex digits. */
  readonly runId: string;
  readonly experimentId: string;
  readonly runName: string;
  /** Milliseconds since 1970. */
  readonly startTime: number;
  readonly tags: Readonly<Record<string, string>>;
  /** Logged when it is made. @default none */
  readonly params?: Readonly<Record<string, string>>;
  readonly userId?: string;
}

const TERMINAL: readonly RunStatus[] = ['FINISHED', 'FAILED', 'KILLED'];

/** Makes a run, or goes on with the one that has the id already: then it runs again, and keeps its start and its tags. */
export async function createRun(run: NewRun): Promise<TrackedRun> {
  checkRunId(run.runId);
  const { artifactLocation, lifecycleStage } = await getExperiment(run.experimentId);
  if (lifecycleStage === 'deleted') throw experimentDeleted(run.experimentId);
  const document: RunDocument = {
    runId: run.runId,
    experimentId: run.experimentId,
    runName: run.runName,
    status: 'RUNNING',
    startTime: run.startTime,
    artifactUri: `${artifactLocation}/${run.runId}`,
    lifecycleStage: 'active',
    ...(run.userId === undefined ? {} : { userId: run.userId }),
    m: {},
    p: {},
    t: {},
    inputs: {},
    rev: 1,
  };
  const tagged = withTags(withParams(document, run.params ?? {}), {
    ...run.tags,
    'mlflow.runName': run.runName,
  });
  const refused = await trackingTable().transact([
    put({ ...runPointerKey(run.runId), experimentId: run.experimentId, startTime: run.startTime }, NEW),
    put({ ...runKey(run.experimentId, run.startTime, run.runId), ...tagged }),
    check(experimentKey(run.experimentId), {
      ConditionExpression: 'lifecycleStage = :active',
      ExpressionAttributeValues: { ':active': 'active' },
    }),
  ]);
  if (refused === 2) throw experimentDeleted(run.experimentId);
  return toTrackedRun(refused === undefined ? tagged : await changeRun(run.runId, reopened));
}

/** Ends a run. @throws TrackingRefused when there is no such run */
export async function endRun(runId: string, status: RunStatus, endTime: number): Promise<void> {
  await changeRun(runId, (run) =>
    run.status === status && run.endTime === endTime ? run : { ...run, status, endTime },
  );
}

/** @throws TrackingRefused when there is no such run */
export async function getRun(runId: string): Promise<TrackedRun> {
  return toTrackedRun(await readRunDocument(runId));
}

export async function runExists(runId: string): Promise<boolean> {
  return (await trackingTable().get(runPointerKey(runId))) !== undefined;
}

/** Active runs of an experiment, children included, newest first. */
export async function listRuns(experimentId: string, limit = 1000): Promise<TrackedRun[]> {
  const documents = await trackingTable().query<RunDocument>({
    pk: `E#${experimentId}`,
    prefix: 'R#',
    limit,
  });
  return documents.filter((run) => run.lifecycleStage === 'active').map(toTrackedRun);
}

/** Runs that have the given run as `mlflow.parentRunId`, newest first. A child never starts before its parent. */
export async function listChildren(parent: TrackedRun, now: number): Promise<TrackedRun[]> {
  return (await listDescendants(parent, now)).filter(
    (run) => run.tags['mlflow.parentRunId'] === parent.runId,
  );
}

/** Its children and theirs, however deep, newest first. */
export async function listDescendants(parent: TrackedRun, now: number): Promise<TrackedRun[]> {
  const documents = await trackingTable().query<RunDocument>({
    pk: `E#${parent.experimentId}`,
    between: runsStartedBetween(parent.startTime, now),
  });
  const parents = new Map(documents.map((run) => [run.runId, run.t['mlflow.parentRunId']]));
  const below = (runId: string): boolean => {
    // A circle, which a client may write, ends.
    const seen = new Set<string>();
    for (let at = parents.get(runId); at !== undefined && !seen.has(at); at = parents.get(at)) {
      if (at === parent.runId) return true;
      seen.add(at);
    }
    return false;
  };
  return documents.filter((run) => below(run.runId)).map(toTrackedRun);
}

function experimentDeleted(id: string): TrackingRefused {
  return new TrackingRefused(
    'INVALID_PARAMETER_VALUE',
    `The experiment ${id} must be in the 'active' state. Current state is deleted.`,
  );
}

function reopened(run: RunDocument): RunDocument {
  if (!TERMINAL.includes(run.status)) return run;
  const { endTime: _endTime, ...open } = run;
  return { ...open, status: 'RUNNING' };
}

function toTrackedRun(run: RunDocument): TrackedRun {
  return {
    runId: run.runId,
    experimentId: run.experimentId,
    runName: run.runName,
    status: run.status,
    startTime: run.startTime,
    endTime: run.endTime,
    artifactUri: run.artifactUri,
    lifecycleStage: run.lifecycleStage,
    metrics: Object.fromEntries(Object.entries(run.m).map(([key, latest]) => [key, Number(latest.v)])),
    params: run.p,
    tags: run.t,
    inputs: Object.values(run.inputs),
  };
}
