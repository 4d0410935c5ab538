/**
 * What is searched and read, written where our table is kept, past DynamoDB's API: the same that tracking_seed.py writes into
 * MLflow's database by SQL.
 */
import type { Item } from '../../lib/aws/dynamo-table';
import { resourceNames } from '../../lib/aws/environment';
import type { AttributeValue } from '../../lib/local/dynamodb/attribute-value';
import { ItemStore } from '../../lib/local/dynamodb/item-store';
import { itemKey } from '../../lib/local/dynamodb/table';
import { openStateDirectory } from '../../lib/local/state-directory';
import { metricPointKey, runKey, runPointerKey } from '../../lib/tracking/keys';
import type { RunDocument } from '../../lib/tracking/run-document';

const METRICS = 4;
const PARAMS = 6;
const TAGS = 3;
const CHUNK = 5000;

export interface Seed {
  /** Numbers of runs by experiment id. */
  readonly runs: Readonly<Record<string, number>>;
  /** Points of the metric `h` of the first run of the first experiment. */
  readonly points: number;
}

/** @param directory of the local cloud that serves it in this process */
export async function seedTracking(directory: string, { runs, points }: Seed): Promise<void> {
  const root = openStateDirectory(directory);
  const store = new ItemStore(root);
  const table = store.tables.get(resourceNames().trackingTable);
  if (table === undefined) throw new Error('The table of tracking is not there.');
  const write = (count: number, itemsOf: (i: number) => readonly Item[]) => {
    for (let begin = 0; begin < count; begin += CHUNK)
      store.transaction(() => {
        for (let i = begin; i < Math.min(begin + CHUNK, count); i++)
          for (const item of itemsOf(i)) {
            const { M: stored } = attribute(item) as { M: Record<string, AttributeValue> };
            store.put(table, itemKey(table, table.key, stored) ?? [], stored);
          }
      });
  };
  for (const [experimentId, count] of Object.entries(runs))
    write(count, (i) => {
      const run = runOf(experimentId, i);
      return [
        { ...runKey(experimentId, run.startTime, run.runId), ...run },
        { ...runPointerKey(run.runId), experimentId, startTime: run.startTime },
      ];
    });
  const runId = seededRunId(Object.keys(runs)[0] ?? '', 0);
  write(points, (i) => [
    {
      ...metricPointKey(runId, 'h', { timestamp: i, step: i, value: i % 97 }),
      v: String(i % 97),
      timestamp: i,
      step: i,
    },
  ]);
  await root.close();
}

export function seededRunId(experimentId: string, i: number): string {
  return Number(experimentId).toString(16).padStart(8, '0') + i.toString(16).padStart(24, '0');
}

function attribute(value: unknown): AttributeValue {
  if (typeof value === 'number') return { N: String(value) };
  if (typeof value === 'string') return { S: value };
  const members = Object.entries(value as object).map(([name, member]) => [name, attribute(member)]);
  return { M: Object.fromEntries(members) as Record<string, AttributeValue> };
}

function runOf(experimentId: string, i: number): RunDocument {
  const runId = seededRunId(experimentId, i);
  const members = <T>(count: number, one: (at: number) => readonly [string, T]): Record<string, T> =>
    Object.fromEntries(Array.from({ length: count }, (_member, at) => one(at)));
  return {
    runId,
    experimentId,
    runName: `run ${i}`,
    status: 'FINISHED',
    startTime: 1_700_000_000_000 + i,
    artifactUri: `s3://bucket/artifacts/${experimentId}/${runId}`,
    lifecycleStage: 'active',
    userId: 'bench',
    m: members(METRICS, (m) => [
      `m${m}`,
      { v: String(((i * 7919 + m * 104_729) % 100_003) / 100_003), step: 0, timestamp: 1 },
    ]),
    p: members(PARAMS, (p) => [`p${p}`, `v${(i + p) % 10}`]),
    t: { ...members(TAGS, (t) => [`t${t}`, `tag ${t}`]), 'mlflow.runName': `run ${i}` },
    inputs: {},
    rev: 1,
  };
}
