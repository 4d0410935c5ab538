/** An experiment with models as an MLflow client would leave it, and what a stage knows of them besides. */
import { orchestrationTable } from '../../../lib/aws/tables';
import { writeParquet } from '../../../lib/data/write-parquet';
import { declareGroup } from '../../../lib/serving/feature-groups';
import { changeKey, endpointKey, endpointListKey } from '../../../lib/serving/keys';
import type { PromotionGates } from '../../../lib/tasks/promotion-gates';
import { setGates } from '../../../lib/tracking/gate-records';
import type { ConsoleClient } from './console-client';
import { inStage } from './in-stage';
import { watchHouses } from './sample-checks';
import { SCRIPT } from './script';

export interface TrackedSamples {
  readonly experiment: string;
  /** Tracked runs, the best first. */
  readonly tracked: readonly string[];
}

const NAMES = ['boosted trees', 'random forest', 'linear'];

export async function makeExperiment(client: ConsoleClient): Promise<TrackedSamples> {
  const { experiment_id: experiment } = await client.mlflow<{ experiment_id: string }>('experiments/create', {
    name: `prices ${SCRIPT}`,
  });
  const tracked: string[] = [];
  const begin = Date.now() - 3_600_000;
  for (const [i, name] of NAMES.entries()) {
    const created = await client.mlflow<{ run: { info: { run_id: string } } }>('runs/create', {
      experiment_id: experiment,
      run_name: i === 0 ? `${name} ${SCRIPT}` : name,
      start_time: begin + i * 60_000,
    });
    const { run_id } = created.run.info;
    tracked.push(run_id);
    await client.mlflow('runs/log-batch', {
      run_id,
      params: [
        { key: 'depth', value: String(8 - 2 * i) },
        { key: 'rate', value: String(0.05 * (i + 1)) },
        { key: 'kind', value: name },
        { key: 'note', value: SCRIPT },
      ],
      tags: [{ key: 'team', value: SCRIPT }],
      metrics: [
        ...Array.from({ length: 30 }, (_, step) => ({
          key: 'loss',
          value: (1 + i * 0.2) / (1 + step * (0.4 - 0.08 * i)),
          timestamp: begin + step * 1000,
          step,
        })),
        { key: 'auc', value: 0.91 - 0.04 * i, timestamp: begin, step: 0 },
        { key: 'seconds', value: 12.5 - 4 * i, timestamp: begin, step: 0 },
      ],
    });
    await client.mlflow('runs/log-inputs', {
      run_id,
      datasets: [
        {
          tags: [{ key: 'mlflow.data.context', value: 'training' }],
          dataset: {
            name: `houses ${i === 0 ? SCRIPT : ''}`.trim(),
            digest: `d${i}0c0ffee`,
            source_type: 'local',
            source: SCRIPT,
          },
        },
      ],
    });
    await client.mlflow('runs/update', { run_id, status: 'FINISHED', end_time: begin + i * 60_000 + 45_000 });
  }
  const [best = '', second = ''] = tracked;
  await putArtifacts(client, experiment, best);
  await client.mlflow('registered-models/create', { name: 'prices', description: `Of houses. ${SCRIPT}` });
  for (const run of [second, best])
    await client.mlflow('model-versions/create', {
      name: 'prices',
      source: `mlflow-artifacts:/${experiment}/${run}/artifacts/model`,
      run_id: run,
      description: SCRIPT,
    });
  await client.act({
    action: 'promote',
    name: 'prices',
    version: '1',
    alias: 'champion',
    stage: 'Production',
    reason: SCRIPT,
  });
  await inStage(client.url, async () => {
    await putEndpoint();
    await setGates('prices', GATES, { by: 'ann', reason: SCRIPT });
    await declareGroup({ name: 'houses', entity: ['house'], eventTime: 'at' }, [
      { name: 'house', type: 'string' },
      { name: 'at', type: 'timestamp' },
      { name: 'rooms', type: 'integer' },
    ]);
    await watchHouses();
  });
  return { experiment, tracked };
}

const GATES = {
  aliases: ['champion'],
  stages: ['Production'],
  gates: [
    { kind: 'metric', metric: 'auc', min: 0.8 },
    { kind: 'metric', metric: 'seconds', max: 20 },
  ],
} satisfies PromotionGates;

/** As a deployment leaves it: a canary beside the stable version. */
async function putEndpoint(): Promise<void> {
  const at = new Date().toISOString();
  const common = { endpoint: 'price-of-a-house', model: 'prices' };
  const items = [
    { ...endpointListKey(common.endpoint), ...common },
    {
      ...endpointKey(common.endpoint),
      ...common,
      rev: 1,
      stable: '1',
      previous: [],
      candidate: {
        version: '2',
        strategy: { kind: 'canary', percent: 20, seconds: 86_400 },
        shiftingSince: at,
      },
      logShare: 1,
      updatedAt: at,
    },
    {
      ...changeKey(common.endpoint, 1),
      ...common,
      rev: 1,
      action: 'deploy',
      at,
      by: SCRIPT,
      reason: SCRIPT,
      from: '1',
      to: '2',
    },
  ];
  for (const item of items) await orchestrationTable().put(item);
}

const PIXEL =
  'iVBORw0KGgoAAAANSUhEUgAAAAoAAAAKCAYAAACNMs+9AAAAFUlEQVR42mNk+M9Qz0AEYBxVSF+FABJADveWkH6oAAAAAElFTkSuQmCC';

async function putArtifacts(client: ConsoleClient, experiment: string, run: string): Promise<void> {
  const files: Readonly<Record<string, string | Buffer>> = {
    'report.html': `<!doctype html><title>Report</title><h1>Report</h1><script>parent.taken=1</script>${SCRIPT}`,
    'table.csv': `name,price\n"${SCRIPT.replaceAll('"', '""')}",3\nplain,4\n`,
    'notes/readme.txt': `Notes ${SCRIPT}`,
    'model-card.html': '<!doctype html><title>Card</title><h1>Model card</h1><p>Of houses.</p>',
    'artifacts/model/MLmodel': `signature:\n  inputs: '${JSON.stringify([
      { name: `area ${SCRIPT}`, type: 'double', required: true },
      { name: 'rooms', type: 'long', required: false },
    ])}'\n  outputs: '[{"name": "prediction", "type": "double"}]'\n`,
    'empty.parquet': writeParquet({ rows: 0, columns: [{ name: 'house', type: 'string', values: [] }] }),
    'fifty.csv': `n\n${'1\n'.repeat(50)}`,
    'head.parquet': writeParquet({
      rows: 60,
      columns: [
        {
          name: 'house',
          type: 'string',
          values: Array.from({ length: 60 }, (_, i) => (i === 1 ? null : `${SCRIPT} ${i}`)),
        },
        { name: 'rooms', type: 'integer', values: Array.from({ length: 60 }, (_, i) => i % 7) },
      ],
    }),
    'plot.png': Buffer.from(PIXEL, 'base64'),
    'drawing.svg': `<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40"><script>window.taken=1</script><rect width="40" height="40"/></svg>`,
  };
  for (const [path, body] of Object.entries(files)) {
    const place = `${client.url}/api/2.0/mlflow-artifacts/artifacts/${experiment}/${run}/${path}`;
    const response = await fetch(place, { method: 'PUT', body: new Uint8Array(Buffer.from(body)) });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  }
}
