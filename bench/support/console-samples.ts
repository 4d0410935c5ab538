/** A stage with a pipeline of many runs and one of many tasks, written into the tables past the API. */
import { orchestrationTable } from '../../lib/aws/tables';
import type { Catalogue } from '../../lib/console/catalogue';
import { listingKey, runKey } from '../../lib/orchestration/keys';
import { listingOf, type RunRecord } from '../../lib/orchestration/run-record';

export const MANY_RUNS = 'many-runs';
export const WIDE_GRAPH = 'wide-graph';
const LAYERS = 20;

/** Tasks in layers; each waits for two of the layer before. */
export function wideGraph(count: number): { readonly id: string; readonly needs: readonly string[] }[] {
  const perLayer = count / LAYERS;
  return Array.from({ length: count }, (_, i) => {
    const layer = Math.floor(i / perLayer);
    const needs = layer === 0 ? [] : [i - perLayer, (layer - 1) * perLayer + ((i * 7) % perLayer)];
    return { id: `task-${i}`, needs: [...new Set(needs)].map((n) => `task-${n}`) };
  });
}

export function catalogueOf(tasks: number): Catalogue {
  return {
    stage: 'test',
    code: { commit: 'bench', dirty: false },
    failures: [],
    pipelines: [MANY_RUNS, WIDE_GRAPH].map((id) => ({
      id,
      description: 'Made for the measurement.',
      file: '',
      machine: '',
      schedule: { kind: 'interval', seconds: 60 },
      triggers: [],
      startDate: '2026-01-01',
      endDate: null,
      catchup: false,
      maxActiveRuns: 1,
      tasks: (id === WIDE_GRAPH ? wideGraph(tasks) : []).map((task) => ({
        ...task,
        state: task.id,
        kind: 'task',
      })),
      functions: [],
      paramsSchema: {},
      notices: [],
    })),
  };
}

export async function putRuns(count: number): Promise<void> {
  const records = Array.from({ length: count }, (_, n) => record(n));
  await orchestrationTable().putAll(
    records.flatMap((run) => [
      { ...runKey(run.runId), ...run },
      { ...listingKey(run.pipeline, run.startedAt, run.runId), ...listingOf(run) },
    ]),
  );
}

function record(n: number): RunRecord {
  const startedAt = new Date(Date.UTC(2026, 0, 1) + n * 60_000).toISOString();
  const runId = `${MANY_RUNS}--schedule--${String(n).padStart(5, '0')}`;
  return {
    runId,
    pipeline: MANY_RUNS,
    status: n % 17 === 0 ? 'failed' : 'success',
    context: {
      id: runId,
      pipeline: MANY_RUNS,
      params: {},
      trigger: 'schedule',
      logicalDate: startedAt,
      dataIntervalStart: startedAt,
      dataIntervalEnd: startedAt,
      ds: startedAt.slice(0, 10),
      dsNodash: startedAt.slice(0, 10).replaceAll('-', ''),
      startedAt,
      code: { commit: 'bench', dirty: false },
    },
    execution: `arn:aws:states:us-east-1:000000000000:execution:millrace-test-many-runs:${n}`,
    executions: [],
    startedAt,
    endedAt: new Date(Date.parse(startedAt) + 20_000 + (n % 40) * 1000).toISOString(),
    ttl: 4_000_000_000,
  };
}
