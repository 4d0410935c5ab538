/**
 * Tracked runs, in MLflow's sense. One item holds what a run is and its latest values; each metric point is an item of
 * its own whose key is MLflow's identity of a point, so that writing it again changes nothing.
 */
import { BatchWriteCommand } from '@aws-sdk/lib-dynamodb';
import { documentClient } from '../aws/clients';
import { resourceNames } from '../aws/environment';
import { metricKey, runKey, runPointerKey, sortableDouble } from './keys';
import { getItem, isConditionFailure, put, queryItems, TrackingRefused, transact, updateItem } from './table';

export type RunStatus = 'RUNNING' | 'SCHEDULED' | 'FINISHED' | 'FAILED' | 'KILLED';

/** Latest point of a metric. The value is text, as DynamoDB's numbers do not hold every double. */
interface LatestMetric {
  readonly v: string;
  readonly s: number;
  readonly t: number;
  /** Sortable form of the value. */
  readonly h: string;
}

export interface DatasetInput {
  readonly name: string;
  readonly digest: string;
  readonly source: string;
  readonly context: string;
  readonly rows: number;
}

interface RunItem {
  readonly runId: string;
  readonly experimentId: string;
  readonly runName: string;
  readonly status: RunStatus;
  readonly startTime: number;
  readonly endTime?: number;
  readonly artifactUri: string;
  readonly m: Readonly<Record<string, LatestMetric>>;
  readonly p: Readonly<Record<string, string>>;
  readonly t: Readonly<Record<string, string>>;
  readonly inputs: Readonly<Record<string, DatasetInput>>;
}

export interface TrackedRun {
  readonly runId: string;
  readonly experimentId: string;
  readonly runName: string;
  readonly status: RunStatus;
  /** Milliseconds since 1970. */
  readonly startTime: number;
  readonly endTime: number | undefined;
  readonly artifactUri: string;
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
  readonly startTime: number;
  readonly tags: Readonly<Record<string, string>>;
}

/** Makes a run; when it is there already, by an earlier attempt, that is fine. */
export async function createRun(run: NewRun): Promise<void> {
  const { bucket } = resourceNames();
  await transact([
    put(
      { ...runPointerKey(run.runId), experimentId: run.experimentId, startTime: run.startTime },
      'attribute_not_exists(pk)',
    ),
    put({
      ...runKey(run.experimentId, run.startTime, run.runId),
      ...run,
      tags: undefined,
      status: 'RUNNING',
      artifactUri: `s3://${bucket}/artifacts/${run.experimentId}/${run.runId}`,
      m: {},
      p: {},
      t: { ...run.tags, 'mlflow.runName': run.runName },
      inputs: {},
    }),
  ]);
}

/** @throws TrackingRefused when there is no such run */
export async function getRun(runId: string): Promise<TrackedRun> {
  return toTrackedRun(await getRunItem(runId));
}

/** Runs of an experiment, newest first. */
export async function listRuns(experimentId: string, limit = 1000): Promise<TrackedRun[]> {
  return (await queryItems<RunItem>(`E#${experimentId}`, 'R#', { limit })).map(toTrackedRun);
}

/** Params are immutable: the same value again is fine, another one is refused. */
export async function logParams(runId: string, params: Readonly<Record<string, string>>): Promise<void> {
  const entries = Object.entries(params);
  if (entries.length === 0) return;
  try {
    await updateRun(runId, {
      UpdateExpression: `SET ${entries.map((_, i) => `p.#k${i} = :v${i}`).join(', ')}`,
      ConditionExpression: entries
        .map((_, i) => `(attribute_not_exists(p.#k${i}) OR p.#k${i} = :v${i})`)
        .join(' AND '),
      ExpressionAttributeNames: Object.fromEntries(entries.map(([key], i) => [`#k${i}`, key])),
      ExpressionAttributeValues: Object.fromEntries(entries.map(([, value], i) => [`:v${i}`, value])),
    });
  } catch (error) {
    if (!isConditionFailure(error)) throw error;
    const { p } = await getRunItem(runId);
    const changed = entries.find(([key, value]) => p[key] !== undefined && p[key] !== value);
    throw new TrackingRefused(
      `Changing param values is not allowed. Param with key='${changed?.[0] ?? ''}' was already logged with value='${p[changed?.[0] ?? ''] ?? ''}' for run ID='${runId}'. Attempted logging new value '${changed?.[1] ?? ''}'.`,
      { cause: error },
    );
  }
}

export async function setTags(runId: string, tags: Readonly<Record<string, string>>): Promise<void> {
  await setMembers(runId, 't', tags);
}

export async function logInput(runId: string, input: DatasetInput): Promise<void> {
  await setMembers(runId, 'inputs', { [`${input.name}#${input.digest}`]: input });
}

/** Points of one moment. The latest value of a metric is the greatest by (step, timestamp, value), as in MLflow. */
export async function logMetrics(
  runId: string,
  values: Readonly<Record<string, number>>,
  at: { readonly step: number; readonly timestamp: number },
): Promise<void> {
  const entries = Object.entries(values);
  for (let i = 0; i < entries.length; i += 25) {
    let pending: Record<string, unknown> = {
      [resourceNames().trackingTable]: entries.slice(i, i + 25).map(([key, value]) => ({
        PutRequest: {
          Item: {
            ...metricKey(runId, key, at.timestamp, at.step, value),
            v: String(value),
            step: at.step,
            timestamp: at.timestamp,
          },
        },
      })),
    };
    while (Object.keys(pending).length > 0) {
      const answer = await documentClient().send(new BatchWriteCommand({ RequestItems: pending as never }));
      pending = answer.UnprocessedItems ?? {};
    }
  }
  for (const [key, value] of entries) {
    const latest: LatestMetric = { v: String(value), s: at.step, t: at.timestamp, h: sortableDouble(value) };
    try {
      await updateRun(runId, {
        UpdateExpression: 'SET m.#k = :latest',
        ConditionExpression:
          'attribute_not_exists(m.#k) OR m.#k.s < :s OR (m.#k.s = :s AND (m.#k.t < :t OR (m.#k.t = :t AND m.#k.h < :h)))',
        ExpressionAttributeNames: { '#k': key },
        ExpressionAttributeValues: { ':latest': latest, ':s': at.step, ':t': at.timestamp, ':h': latest.h },
      });
    } catch (error) {
      if (!isConditionFailure(error)) throw error;
    }
  }
}

export async function endRun(runId: string, status: RunStatus, endTime: number): Promise<void> {
  await updateRun(runId, {
    UpdateExpression: 'SET #status = :status, endTime = :end',
    ExpressionAttributeNames: { '#status': 'status' },
    ExpressionAttributeValues: { ':status': status, ':end': endTime },
  });
}

async function setMembers(
  runId: string,
  map: 't' | 'inputs',
  members: Readonly<Record<string, unknown>>,
): Promise<void> {
  const entries = Object.entries(members);
  if (entries.length === 0) return;
  await updateRun(runId, {
    UpdateExpression: `SET ${entries.map((_, i) => `${map}.#k${i} = :v${i}`).join(', ')}`,
    ExpressionAttributeNames: Object.fromEntries(entries.map(([key], i) => [`#k${i}`, key])),
    ExpressionAttributeValues: Object.fromEntries(entries.map(([, value], i) => [`:v${i}`, value])),
  });
}

async function updateRun(runId: string, update: Parameters<typeof updateItem>[1]): Promise<void> {
  const pointer = await pointerOf(runId);
  await updateItem(runKey(pointer.experimentId, pointer.startTime, runId), update);
}

async function getRunItem(runId: string): Promise<RunItem> {
  const pointer = await pointerOf(runId);
  const item = await getItem<RunItem>(runKey(pointer.experimentId, pointer.startTime, runId));
  if (item === undefined) throw new TrackingRefused(`Run with id=${runId} not found`);
  return item;
}

/** Where a run's item lies. It never moves, so it is remembered. */
const pointers = new Map<string, { experimentId: string; startTime: number }>();

async function pointerOf(runId: string): Promise<{ experimentId: string; startTime: number }> {
  const known = pointers.get(runId);
  if (known !== undefined) return known;
  const found = await getItem<{ experimentId: string; startTime: number }>(runPointerKey(runId));
  if (found === undefined) throw new TrackingRefused(`Run with id=${runId} not found`);
  pointers.set(runId, found);
  return found;
}

export async function runExists(runId: string): Promise<boolean> {
  return (await getItem(runPointerKey(runId))) !== undefined;
}

function toTrackedRun(item: RunItem): TrackedRun {
  return {
    runId: item.runId,
    experimentId: item.experimentId,
    runName: item.runName,
    status: item.status,
    startTime: item.startTime,
    endTime: item.endTime,
    artifactUri: item.artifactUri,
    metrics: Object.fromEntries(Object.entries(item.m).map(([key, latest]) => [key, Number(latest.v)])),
    params: item.p,
    tags: item.t,
    inputs: Object.values(item.inputs),
  };
}
