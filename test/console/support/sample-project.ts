/** A project with all that the console shows, and script in each text that people may write. */
import type { OperationsView } from '../../../lib/console/views/operations';
import { temporaryProject, type TemporaryProject } from '../../support/temporary-project';
import type { ConsoleClient } from './console-client';
import { makeExperiment, type TrackedSamples } from './sample-models';
import { SCRIPT } from './script';

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
const ORDERS = `import { alarmTopic, cron, pipeline, task, z } from '../lib';
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
    onFailure: [alarmTopic],
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
const STOCK = `import { approval, cron, detectDrift, hours, pipeline, profileDataset, task, validateDataset } from '../lib';
import contract from '../lambdas/step/contract';
const step = task(contract);
const houses = {
  name: 'houses', uri: 's3://data/datasets/stock/houses.parquet', sha256: 'a'.repeat(64), bytes: 1, format: 'parquet',
  rows: 1500, columns: [{ name: 'rooms', type: 'integer' }],
} as const;
const suite = { name: 'houses', expectations: [{ type: 'expect_table_row_count_to_equal', value: 1500 }] } as const;
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
    const booked = step('book', { plus: 1 }).after(counted);
    // Nobody says so here: what comes after it is in the records of earlier runs.
    const after = [approval('checked', { prompt: 'Are the books right?', expires: hours(1) }).after(booked)];
    validateDataset('validate', { dataset: houses, suite }, { after });
    profileDataset('profile', { dataset: houses }, { after });
    detectDrift('drift', { reference: houses, current: houses, watches: 'prices' }, { after });
  },
);
`;
const ARRIVALS = `import { hours, objectExists, pipeline, pool } from '../lib';
const desk = pool('desk', 1);
export default pipeline({ id: 'arrivals', description: 'Waits for goods, one delivery at a time.', maxActiveRuns: 1 }, () => {
  for (const id of ['apples', 'pears'])
    objectExists(id, { key: \`raw/\${id}.csv\` }, { pool: desk, pokeInterval: hours(1) });
});
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
    'pipelines/arrivals.ts': ARRIVALS,
    'pipelines/broken.ts': BROKEN,
    'lambdas/step/contract.ts': CONTRACT,
    'lambdas/step/handler.ts': HANDLER,
  });
}

/** What the samples are called. */
export interface Samples extends TrackedSamples {
  readonly succeeded: string;
  readonly failed: string;
  readonly asking: string;
  /** Of a sensor that finds nothing, while another waits for its slot. */
  readonly waiting: string;
}

/** Runs of the pipelines, and an experiment with models as an MLflow client would leave it. */
export async function makeSamples(client: ConsoleClient): Promise<Samples> {
  const start = async (pipeline: string, params: object) =>
    (await client.act<{ runId: string }>({ action: 'start', pipeline, params })).runId;
  const [succeeded, failed, asking, waiting] = [
    await start('orders', { say: SCRIPT }),
    await start('orders', { say: SCRIPT, fail: true }),
    await start('refunds', { what: SCRIPT }),
    await start('arrivals', {}),
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
  await client.untilView<OperationsView>(
    '/operations',
    ({ sensors, pools, notifications }) =>
      sensors.length > 0 &&
      pools.some(({ waiting: others }) => others.length > 0) &&
      notifications.length > 0,
  );
  // Its backfills go on all the same.
  await client.act({ action: 'pause', pipeline: 'stock', why: SCRIPT });
  return { succeeded, failed, asking, waiting, ...tracked };
}
