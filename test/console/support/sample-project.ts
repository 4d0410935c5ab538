/** A project with all that the console shows, and script in each text that people may write. */
import { setTimeout as pause } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import { changeKey, endpointKey, endpointListKey } from '../../../lib/serving/keys';
import { temporaryProject, type TemporaryProject } from '../../support/temporary-project';

/** Does something as soon as a browser takes it for markup. In the pictures of the guide stands something to read instead. */
export const SCRIPT =
  process.env['PICTURES'] === undefined
    ? '<img src=x onerror="window.taken=1"><script>window.taken=1</script>'
    : 'Apples and pears.';

const CONTRACT = `import { contract, z } from '../../lib';
export default contract({
  name: 'step',
  summary: 'Adds one, says so, and fails when it is told to.',
  input: z.object({ plus: z.number(), say: z.string().optional(), fail: z.boolean().optional() }),
  output: z.object({ n: z.number(), said: z.string() }),
});
`;
const HANDLER = `import { DoNotRetry } from '../../lib/model/errors';
import { taskHandler } from '../../lib/runtime/task-handler';
import contract from './contract';
class OutOfStock extends DoNotRetry { override readonly name = 'OutOfStock'; }
export const handler = taskHandler(contract, async ({ plus, say, fail }) => {
  console.log(\`saying \${say ?? 'nothing'}\`);
  if (fail === true) throw new OutOfStock(\`nothing left of \${say ?? 'it'}\`);
  return { n: plus + 1, said: say ?? '' };
});
`;
const ORDERS = `import { cron, pipeline, task, z } from '../lib';
import contract from '../lambdas/step/contract';
const step = task(contract);
const SCRIPT = ${JSON.stringify(SCRIPT)};
export default pipeline(
  {
    id: 'orders',
    description: \`Books the orders of a day. \${SCRIPT}\`,
    owner: \`sales \${SCRIPT}\`,
    tags: ['retail', SCRIPT],
    schedule: cron('0 6 * * *', { timeZone: 'Europe/Berlin' }),
    startDate: '2026-11-01',
    maxActiveRuns: 2,
    params: z.object({
      say: z.string().default('hello').describe(\`Said by every task. \${SCRIPT}\`),
      fail: z.boolean().default(false).describe('Lets the booking fail'),
      least: z.number().min(0).max(10).default(2).describe('Fewer orders are not shipped'),
      how: z.enum(['train', 'ship']).default('train'),
    }),
  },
  ({ params, group, branch }) => {
    const read = step('read', { plus: 0, say: params.say });
    const cleaned = group('prepare', () => [
      step('clean', { plus: read.n, say: params.say }),
      step('enrich', { plus: read.n }),
    ]);
    const booked = step('book', { plus: cleaned[0].n, say: params.say, fail: params.fail }).after(...cleaned);
    branch('enough', booked.n.atLeast(params.least), {
      yes: () => {
        step('ship', { plus: booked.n });
      },
      no: () => {
        step('keep', { plus: booked.n });
      },
    });
  },
);
`;
const ASKING = `import { approval, pipeline, task, text, z, hours } from '../lib';
import contract from '../lambdas/step/contract';
const step = task(contract);
export default pipeline(
  { id: 'refunds', description: 'Asks before money goes out.', params: z.object({ what: z.string().default('120 euros') }) },
  ({ params }) => {
    const read = step('read', { plus: 41 });
    const asked = approval('board', {
      prompt: text\`Refund \${params.what}?\`,
      details: { orders: read.n },
      form: z.object({ limit: z.number().min(0).describe('At most so much') }),
      expires: hours(1),
    });
    step('pay', { plus: asked.values.limit });
  },
);
`;
const STOCK = `import { approval, cron, hours, pipeline, task } from '../lib';
import contract from '../lambdas/step/contract';
const step = task(contract);
export default pipeline(
  {
    id: 'stock',
    description: 'Each date waits until somebody has counted.',
    schedule: cron('0 6 * * *', { timeZone: 'Europe/Berlin' }),
    startDate: '2026-11-01',
    endDate: '2026-11-10',
  },
  () => {
    const counted = approval('counted', { prompt: 'Has the stock been counted?', expires: hours(1) });
    step('book', { plus: 1 }).after(counted);
  },
);
`;
const BROKEN = `import { pipeline, task } from '../lib';
import contract from '../lambdas/step/contract';
const step = task(contract);
export default pipeline({ id: 'broken', description: 'Has a circle.' }, () => {
  const a = step('a', { plus: 0 });
  const b = step('b', { plus: a.n });
  a.after(b);
});
`;

export function sampleProject(): TemporaryProject {
  return temporaryProject({
    'pipelines/orders.ts': ORDERS,
    'pipelines/refunds.ts': ASKING,
    'pipelines/stock.ts': STOCK,
    'pipelines/broken.ts': BROKEN,
    'lambdas/step/contract.ts': CONTRACT,
    'lambdas/step/handler.ts': HANDLER,
  });
}

/** What the samples are called. */
export interface Samples {
  readonly succeeded: string;
  readonly failed: string;
  readonly asking: string;
  readonly experiment: string;
  /** Tracked runs, the best first. */
  readonly tracked: readonly string[];
}

/** Asks the console, as the page does. */
export class ConsoleClient {
  constructor(readonly url: string) {}

  async get<T>(path: string): Promise<T> {
    const response = await fetch(`${this.url}/console/api${path}`);
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  }

  async act<T>(body: object): Promise<T> {
    const response = await fetch(`${this.url}/console/api/act`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-millrace-console': '1' },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  }

  async mlflow<T>(path: string, body: object): Promise<T> {
    const response = await fetch(`${this.url}/api/2.0/mlflow/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  }

  async ssm(operation: string, body: object): Promise<void> {
    const response = await fetch(this.url, {
      method: 'POST',
      headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': `AmazonSSM.${operation}` },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${operation}: ${response.status} ${await response.text()}`);
  }

  /** Waits for a run until it fulfils something. */
  async until(runId: string, holds: (run: RunGlance) => boolean): Promise<RunGlance> {
    for (let i = 0; ; i++) {
      const run = await this.get<RunGlance>(`/runs/${runId}`).catch(() => undefined);
      if (run !== undefined && holds(run)) return run;
      if (i > 300) throw new Error(`${runId} is still ${run?.status ?? 'unknown'}.`);
      await pause(100);
    }
  }
}

interface RunGlance {
  readonly status: string;
  readonly approvals: readonly object[];
}

/** Runs of both pipelines, and an experiment with models as an MLflow client would leave it. */
export async function makeSamples(client: ConsoleClient): Promise<Samples> {
  const start = async (pipeline: string, params: object) =>
    (await client.act<{ runId: string }>({ action: 'start', pipeline, params })).runId;
  const [succeeded, failed, asking] = [
    await start('orders', { say: SCRIPT }),
    await start('orders', { say: SCRIPT, fail: true }),
    await start('refunds', { what: SCRIPT }),
  ];
  await client.ssm('PutParameter', {
    Name: '/millrace-dev/variables/threshold',
    Value: SCRIPT,
    Type: 'String',
  });
  await client.ssm('PutParameter', {
    Name: '/millrace-dev/connections/shop',
    Value: '{"password":"sesame"}',
    Type: 'SecureString',
  });
  const tracked = await makeExperiment(client);
  await client.until(succeeded, ({ status }) => status !== 'running');
  await client.until(failed, ({ status }) => status !== 'running');
  await client.until(asking, ({ approvals }) => approvals.length > 0);
  // Its backfills go on all the same.
  await client.act({ action: 'pause', pipeline: 'stock', why: SCRIPT });
  return { succeeded, failed, asking, ...tracked };
}

const NAMES = ['boosted trees', 'random forest', 'linear'];

async function makeExperiment(client: ConsoleClient): Promise<Pick<Samples, 'experiment' | 'tracked'>> {
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
  await putEndpoint(client);
  return { experiment, tracked };
}

/** As a deployment leaves it: a canary beside the stable version. */
async function putEndpoint(client: ConsoleClient): Promise<void> {
  const dynamodb = new DynamoDBClient({
    endpoint: client.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  const documents = DynamoDBDocumentClient.from(dynamodb);
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
  for (const Item of items)
    await documents.send(new PutCommand({ TableName: 'millrace-dev-orchestration', Item }));
  dynamodb.destroy();
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
    'plot.png': Buffer.from(PIXEL, 'base64'),
    'drawing.svg': `<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40"><script>window.taken=1</script><rect width="40" height="40"/></svg>`,
  };
  for (const [path, body] of Object.entries(files)) {
    const place = `${client.url}/api/2.0/mlflow-artifacts/artifacts/${experiment}/${run}/${path}`;
    const response = await fetch(place, { method: 'PUT', body: new Uint8Array(Buffer.from(body)) });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  }
}
