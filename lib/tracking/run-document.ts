/** The item that holds a run: what it is, and the latest value of everything logged to it. */
import type { Key } from '../aws/dynamo-table';
import { trackingTable } from '../aws/tables';
import type { Experiment } from './experiments';
import { experimentKey, runKey, runPointerKey } from './keys';
import { TrackingRefused } from './tracking-refused';

export type RunStatus = 'RUNNING' | 'SCHEDULED' | 'FINISHED' | 'FAILED' | 'KILLED';

/** Latest point of a metric. The value is text, as DynamoDB's numbers hold neither NaN nor the largest doubles. */
export interface LatestMetric {
  readonly v: string;
  readonly step: number;
  readonly timestamp: number;
  readonly of?: MetricSubject;
}

/** What a metric was measured for, besides its run. */
export interface MetricSubject {
  readonly modelId?: string;
  readonly datasetName?: string;
  readonly datasetDigest?: string;
}

/** A dataset that a run read. */
export interface DatasetInput {
  readonly name: string;
  /** At most 36 characters, as MLflow asks: the beginning of `sha256`. */
  readonly digest: string;
  readonly sha256: string;
  /** `s3://bucket/key` */
  readonly uri: string;
  readonly versionId?: string;
  /** What it was used for: `training`, `validation`, `test`. */
  readonly context: string;
  readonly rows?: number;
  readonly columns?: readonly { readonly name: string; readonly type: string }[];
}

/** A dataset as MLflow's clients describe it. */
export interface ClientDataset {
  readonly name: string;
  readonly digest: string;
  readonly sourceType: string;
  readonly source: string;
  readonly schema?: string;
  readonly profile?: string;
  /** `mlflow.data.context` says what it was used for. */
  readonly tags: Readonly<Record<string, string>>;
}

export interface RunDocument {
  readonly runId: string;
  readonly experimentId: string;
  readonly runName: string;
  readonly status: RunStatus;
  /** Milliseconds since 1970. */
  readonly startTime: number;
  readonly endTime?: number;
  readonly artifactUri: string;
  /** As the run itself was marked; `locateRun` tells what its experiment makes of it. */
  readonly lifecycleStage: 'active' | 'deleted';
  /** Milliseconds since 1970. */
  readonly deletedAt?: number;
  readonly userId?: string;
  readonly m: Readonly<Record<string, LatestMetric>>;
  readonly p: Readonly<Record<string, string>>;
  readonly t: Readonly<Record<string, string>>;
  readonly inputs: Readonly<Record<string, DatasetInput>>;
  /** Datasets as MLflow's clients describe them, by `<name>#<digest>`. */
  readonly datasets?: Readonly<Record<string, ClientDataset>>;
  /** Ids of logged models that the run read. */
  readonly modelInputs?: readonly string[];
  /** Step at which each logged model was made, by its id. */
  readonly modelOutputs?: Readonly<Record<string, number>>;
  /** Grows with every change. */
  readonly rev: number;
}

/** @throws TrackingRefused RESOURCE_DOES_NOT_EXIST */
export async function readRunDocument(runId: string): Promise<RunDocument> {
  return (await locateRun(runId)).run;
}

/** What a run is once its experiment is taken into account: deleting or restoring that does so to all its runs. */
export function underExperiment(
  run: RunDocument,
  experiment: Pick<Experiment, 'lifecycleStage' | 'restoredAt'> | undefined,
): RunDocument {
  if (experiment?.lifecycleStage === 'deleted') return { ...run, lifecycleStage: 'deleted' };
  const restoredAt = experiment?.restoredAt === undefined ? 0 : Date.parse(experiment.restoredAt);
  if (run.lifecycleStage === 'active' || restoredAt <= (run.deletedAt ?? 0)) return run;
  return { ...run, lifecycleStage: 'active' };
}

interface RunPointer {
  readonly experimentId: string;
  readonly startTime: number;
}

/** Where runs lie: that changes only when a run is purged, so it is read once. By place of the table and run. */
const pointers = new Map<string, RunPointer>();
const MAX_POINTERS = 10_000;

async function pointerOf(runId: string): Promise<RunPointer | undefined> {
  const table = trackingTable();
  const id = placeOfRun(runId);
  const known = pointers.get(id) ?? (await table.get<RunPointer>(runPointerKey(runId)));
  if (known === undefined) return undefined;
  if (pointers.size >= MAX_POINTERS) pointers.clear();
  pointers.set(id, known);
  return known;
}

/** Id of the experiment that a run belongs to, `undefined` when there is no such run. */
export async function experimentOfRun(runId: string): Promise<string | undefined> {
  return (await pointerOf(runId))?.experimentId;
}

/** Tells runs of several tables apart, as tests have. */
export function placeOfRun(runId: string): string {
  return `${process.env['AWS_ENDPOINT_URL'] ?? ''} ${trackingTable().name} ${runId}`;
}

/** @throws TrackingRefused RESOURCE_DOES_NOT_EXIST */
export async function locateRun(runId: string): Promise<{ key: Key; run: RunDocument }> {
  const table = trackingTable();
  const pointer = await pointerOf(runId);
  if (pointer === undefined) throw noRun(runId);
  const key = runKey(pointer.experimentId, pointer.startTime, runId);
  const [run, experiment] = await Promise.all([
    table.get<RunDocument>(key),
    table.get<Experiment>(experimentKey(pointer.experimentId)),
  ]);
  if (run === undefined) {
    // Purged. An import may bring it back in another place.
    pointers.delete(placeOfRun(runId));
    throw noRun(runId);
  }
  return { key, run: underExperiment(run, experiment) };
}

function noRun(runId: string): TrackingRefused {
  return new TrackingRefused('RESOURCE_DOES_NOT_EXIST', `Run with id=${runId} not found`);
}
