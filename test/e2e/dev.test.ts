/**
 * `millrace dev` with all that starts runs: a schedule, files, a dataset, and a program beside it. It is killed and stopped in the
 * middle of them, and what rang, what arrived and what was missed meanwhile has one run each.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { readParameter } from '../../lib/aws/read-parameter';
import type { RunView } from '../../lib/cli/run-view';
import type { RunListing } from '../../lib/orchestration/run-record';
import { millraceHere, startDev, type DevServer } from '../support/millrace';
import { temporaryProject } from '../support/temporary-project';

const MINUTE = 60_000;
const BUCKET = 'millrace-dev-data-000000000000-us-east-1';
/** A minute that has not begun, so far ahead that no start of the server takes until then. */
const noon = Math.ceil(Date.now() / MINUTE) * MINUTE + 10 * MINUTE;
const at = (minutes: number, seconds = 0) => new Date(noon + minutes * MINUTE + seconds * 1000).toISOString();

const project = temporaryProject({
  'lambdas/note/contract.ts': `import { contract, z } from '../../lib';
export default contract({ name: 'note', summary: 'Says yes.', input: z.object({}), output: z.object({ yes: z.boolean() }) });
`,
  'lambdas/note/handler.ts': `import { taskHandler } from '../../lib/runtime/task-handler';
import contract from './contract';
export const handler = taskHandler(contract, async () => ({ yes: true }));
`,
  // Three minutes have passed when it is deployed for the first time.
  'pipelines/pulse.ts': `import { cron, pipeline, task, wait, z } from '../lib';
import contract from '../lambdas/note/contract';
export default pipeline(
  { id: 'pulse', description: 'Every minute.', params: z.object({ source: z.string().default('raw/shoes.csv') }), schedule: cron('* * * * *'), startDate: '${at(-3)}', catchup: true,
    maxActiveRuns: 2, local: { beside: { command: 'node', args: ['shop.mjs'] } } },
  () => { task(contract)('note', {}).after(wait('a-moment', 1)); },
);
`,
  'pipelines/filed.ts': `import { objectCreated, pipeline, task, wait } from '../lib';
import contract from '../lambdas/note/contract';
export default pipeline(
  { id: 'filed', description: 'Each file.', triggers: [objectCreated('raw/orders/')] },
  () => { task(contract)('note', {}, { outlets: ['orders'] }).after(wait('a-while', 20)); },
);
`,
  'pipelines/told.ts': `import { datasetUpdated, pipeline, task } from '../lib';
import contract from '../lambdas/note/contract';
export default pipeline(
  { id: 'told', description: 'Each update.', triggers: [datasetUpdated('orders', { mode: 'any' })] },
  () => { task(contract)('note', {}); },
);
`,
  'data/shoes.csv': 'a,b\n1,2\n',
  'shop.mjs': `import { writeFileSync } from 'node:fs';
writeFileSync('shop.pid', String(process.pid));
console.log(JSON.stringify({ connections: { shop: { kind: 'http', baseUrl: \`http://127.0.0.1:\${process.pid}/\` } } }));
console.log(JSON.stringify({ ready: true }));
process.stdin.resume().on('end', () => process.exit(0));
`,
});
const millrace = millraceHere(project.state);
let server: DevServer | undefined;

const start = async (minutes: number, seconds: number) => {
  server = await startDev(project.root, project.state, ['--at', at(minutes, seconds)]);
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: server.url,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
  });
};
const stop = async (signal: NodeJS.Signals) => {
  const code = await server?.stop(signal);
  server = undefined;
  return code;
};
async function until<Found>(what: string, look: () => Promise<Found | undefined>): Promise<Found> {
  for (const end = Date.now() + 150_000; Date.now() < end; await pause(100)) {
    const found = await look();
    if (found !== undefined) return found;
  }
  const listed = [...(await runs('pulse')), ...(await runs('filed')), ...(await runs('told'))];
  const lines = listed.map(({ runId, status, message = '' }) => `${runId}: ${status} ${message}`);
  throw new Error(`${what} did not come in time. There are\n${lines.join('\n')}`);
}
const runs = async (pipeline: string) => (await millrace.json('runs', pipeline)).value as RunListing[];
const minutesOf = (listed: readonly RunListing[]) =>
  listed.map(({ logicalDate }) => (Date.parse(logicalDate) - noon) / MINUTE).sort((a, b) => a - b);
const shop = () => readParameter('/millrace-dev/connections/shop');
const pidOfShop = () => {
  const file = join(project.root, 'shop.pid');
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
};
const lives = (pid: string) => {
  try {
    return process.kill(Number(pid), 0);
  } catch {
    return false;
  }
};
/** Until its program has given a connection that is not the given one. */
const opened = (before?: string) =>
  until('the shop', async () => {
    const given = await shop();
    return given === undefined || given === before ? undefined : given;
  });
async function deliver(name: string): Promise<void> {
  const s3 = new S3Client({ forcePathStyle: true });
  await s3.send(
    new PutObjectCommand({
      Bucket: BUCKET,
      Key: `raw/orders/${name}`,
      Body: 'a,b',
    }),
  );
  s3.destroy();
}

async function delivered(key: string): Promise<string | undefined> {
  const s3 = new S3Client({ forcePathStyle: true });
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: key }));
  s3.destroy();
  return Body?.transformToString();
}

afterAll(async () => {
  await server?.stop('SIGKILL');
  project.remove();
});

it('loses nothing and doubles nothing when it is killed, stopped, and started again', async () => {
  // Nothing rings for half a minute; what has passed since the start date is caught up, two at a time.
  await start(0, 20);
  const first = await opened();
  expect(await delivered('raw/shoes.csv')).toBe('a,b\n1,2\n');
  await deliver('one.csv');
  const ofFile = await until('the run of a file', async () => (await runs('filed'))[0]);
  await stop('SIGKILL');
  expect(ofFile.status).toBe('running');
  const orphan = pidOfShop() ?? '';
  await until('the end of the program beside it', async () => (lives(orphan) ? undefined : true));

  // The next minute begins while it is up. What the killed one left is gone on with.
  await start(0, 50);
  await opened(first);
  expect(pidOfShop()).not.toBe(orphan);
  await until('the run of the minute', async () =>
    minutesOf(await runs('pulse')).includes(0) ? true : undefined,
  );
  await deliver('two.csv');
  await until('the run of the other file', async () => ((await runs('filed')).length > 1 ? true : undefined));
  const second = await millrace.refused('dev', '--port', '0');
  expect([second.code, second.error.message]).toEqual([3, expect.stringContaining('is up already')]);
  expect(await shop()).toBeDefined();
  expect(await stop('SIGINT')).toBe(0);

  // Two minutes have passed that nobody saw.
  await start(3, 15);
  // On a slow machine further minutes begin meanwhile.
  const seen = await until('the end of all runs', async () => {
    const pulses = (await runs('pulse')).filter((run) => minutesOf([run])[0]! <= 2);
    const all = [...pulses, ...(await runs('filed')), ...(await runs('told'))];
    const ended = all.every(({ status }) => status === 'success');
    return ended && minutesOf(pulses).includes(2) && (await runs('told')).length >= 2 ? pulses : undefined;
  });
  expect(minutesOf(seen)).toEqual([-3, -2, -1, 0, 1, 2]);
  expect((await runs('filed')).map(({ trigger }) => trigger)).toEqual(['object-created', 'object-created']);
  expect((await runs('told')).map(({ trigger }) => trigger)).toEqual(['dataset', 'dataset']);
  for (const { runId, startedAt } of [...seen, ...(await runs('filed'))]) {
    const { tasks } = (await millrace.json('show', runId)).value as RunView;
    expect([runId, tasks.find(({ id }) => id === 'note')?.state]).toEqual([runId, 'success']);
    const times = ((await millrace('logs', runId, 'note')).stdout.match(/Task succeeded/g) ?? []).length;
    // What a function prints in the moment in which its server ends is lost, and what it has done is not done again.
    const undisturbed = startedAt > at(3, 15);
    expect([runId, times]).toEqual([runId, undisturbed ? 1 : Math.min(times, 1)]);
  }
  const left = await shop();
  expect(await stop('SIGTERM')).toBe(0);
  expect(left).toBeDefined();
  expect(lives(pidOfShop() ?? '')).toBe(false);
  expect((await millrace.json('clean', '--yes')).value).toMatchObject({ removed: true });
}, 400_000);
