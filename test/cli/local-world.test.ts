/** What `local` of a pipeline brings: programs beside it with their connections, and checks of commands before a run. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { deleteParameter, writeParameter } from '../../lib/aws/parameters';
import { readParameter } from '../../lib/aws/read-parameter';
import { orchestrationTable } from '../../lib/aws/tables';
import { startBeside } from '../../lib/cli/beside';
import { isBeside } from '../../lib/cli/beside-connections';
import type { Connection } from '../../lib/cli/connect';
import { findCompiled } from '../../lib/cli/definitions';
import { Output } from '../../lib/cli/output';
import { checkStandIns } from '../../lib/cli/prepare-run';
import { pipelinesBefore } from '../../lib/cli/run-inputs';
import { listingKey } from '../../lib/orchestration/keys';
import { aliasMoved, container, join as joined, pipeline } from '../../lib';
import { startsBy } from '../../lib/cli/follow-deployments';
import type { RunView } from '../../lib/cli/run-view';
import { temporaryProject } from '../support/temporary-project';
import { startLocalAws, type LocalAws } from '../support/local-aws';

const root = mkdtempSync(join(tmpdir(), 'millrace-world-'));
const place = '/millrace-test/connections/shop';
let aws: LocalAws;
let connection: Connection;
let told = '';
const sink = new Writable({
  write: (chunk: Buffer, _encoding, done) => {
    told += chunk.toString();
    done();
  },
});
const output = new Output({ stdout: sink, stderr: sink, json: false, color: false });

/** A program of one line that goes on until its standard input ends. */
function program(code: string): { command: string; args: string[] } {
  const file = join(root, `program-${Math.random()}.mjs`);
  writeFileSync(file, `${code}\nprocess.stdin.resume().on('end', () => process.exit(0));\n`);
  return { command: process.execPath, args: [file] };
}
const says = (...lines: object[]) =>
  program(lines.map((line) => `console.log(${JSON.stringify(JSON.stringify(line))});`).join('\n'));
const start = (command: ReturnType<typeof program>) =>
  startBeside(connection, 'orders', command, output, 'run');
const shop = { kind: 'http', baseUrl: 'http://127.0.0.1:1/' };

beforeAll(async () => {
  aws = await startLocalAws();
  const project = { root, pipelines: join(root, 'pipelines'), stateDirectory: root };
  connection = { project, stage: 'test', where: 'local', url: aws.url, close: async () => {} };
});
afterAll(async () => {
  await aws.stop();
  rmSync(root, { recursive: true, force: true });
});

describe('a program beside a pipeline', () => {
  it('gives connections for as long as it lives, and is known to others meanwhile', async () => {
    const beside = start(says({ connections: { shop }, say: 'The shop is open.' }, { ready: true }));
    await beside.ready();
    expect(JSON.parse((await readParameter(place)) ?? '')).toEqual(shop);
    expect(told).toContain('The shop is open.');
    expect(isBeside(root, 'orders')).toBe(true);
    await beside.stop();
    expect(await readParameter(place)).toBeUndefined();
    expect(isBeside(root, 'orders')).toBe(false);
  });

  it('leaves what somebody has set, before it or meanwhile', async () => {
    const mine = JSON.stringify({ kind: 'http', baseUrl: 'https://shop.example.com/' });
    await writeParameter(place, mine, { secret: true, description: 'mine' });
    const first = start(says({ connections: { shop } }, { ready: true }));
    await first.ready();
    expect(await readParameter(place)).toBe(mine);
    await first.stop();
    await deleteParameter(place);
    const second = start(says({ connections: { shop } }, { ready: true }));
    await second.ready();
    await writeParameter(place, mine, { secret: true, description: 'mine' });
    await second.stop();
    expect(await readParameter(place)).toBe(mine);
    await deleteParameter(place);
  });

  it('replaces what a killed command has left', async () => {
    const left = JSON.stringify({ ...shop, baseUrl: 'http://127.0.0.1:2/' });
    await writeParameter(place, left, { secret: true, description: 'left' });
    writeFileSync(
      join(root, 'beside-orders.json'),
      JSON.stringify({ pid: 2 ** 22, connections: { shop: left } }),
    );
    expect(isBeside(root, 'orders')).toBe(false);
    const beside = start(says({ connections: { shop } }, { ready: true }));
    await beside.ready();
    expect(JSON.parse((await readParameter(place)) ?? '')).toEqual(shop);
    await beside.stop();
    expect(await readParameter(place)).toBeUndefined();
  });

  it.each([
    [
      'ends before it is ready',
      program('console.error("no such engine"); process.exit(4);'),
      /ended with 4: .*no such engine/,
    ],
    ['writes what is no JSON', program('console.log("hello");'), /wrote what is not understood: hello/],
    ['is not there', { command: join(root, 'nothing'), args: [] }, /cannot be started/],
  ])('is told of when it %s', async (_, command, message) => {
    const beside = start(command);
    await expect(beside.ready()).rejects.toThrow(message);
    await beside.stop();
  });
});

describe('pipelines before a run', () => {
  const project = temporaryProject(
    Object.fromEntries(
      Object.entries({ orders: [], catalogue: ['orders'], prices: [], report: ['catalogue', 'prices'] }).map(
        ([id, after]) => [
          `pipelines/${id}.ts`,
          `import { join, pipeline } from '../lib';
export default pipeline(
  { id: '${id}', description: 'One of four.', local: { after: ${JSON.stringify(after)} } },
  () => void join('done'),
);
`,
        ],
      ),
    ),
  );
  const of = {
    root: project.root,
    pipelines: join(project.root, 'pipelines'),
    stateDirectory: project.state,
  };
  afterAll(() => project.remove());
  const before = async () =>
    (await pipelinesBefore(of, findCompiled(of, 'report').model)).map(({ id }) => id);
  const record = (id: string, status: string) =>
    orchestrationTable().put({ ...listingKey(id, '2026-01-01T00:00:00.000Z', `${id}--1`), status });

  it('are those that have never succeeded, each after what it waits for itself', async () => {
    expect(await before()).toEqual(['orders', 'catalogue', 'prices']);
    await record('orders', 'success');
    await record('prices', 'failed');
    expect(await before()).toEqual(['catalogue', 'prices']);
    await record('catalogue', 'success');
    expect(await before()).toEqual(['prices']);
  });

  it('that there are not are named', async () => {
    await expect(
      pipelinesBefore(of, { ...findCompiled(of, 'report').model, local: { after: ['stock'] } }),
    ).rejects.toThrow("There is no pipeline 'stock'.");
  });
});

it('a deployment is waited for when the run has moved the alias that starts it', () => {
  const { triggers } = pipeline(
    { id: 'deploys', description: 'Deploys.', triggers: [aliasMoved('churn', { params: {} })] },
    () => void joined('done'),
  ).model;
  const moved = (out: object, state = 'success') =>
    startsBy({ triggers }, { tasks: [{ id: 'promote', state, out }] } as unknown as RunView);
  const promoted = { name: 'churn', alias: 'champion', promoted: true };
  expect(moved(promoted)).toBe(true);
  expect(moved({ ...promoted, promoted: false })).toBe(false);
  expect(moved({ ...promoted, alias: 'challenger' })).toBe(false);
  expect(moved({ ...promoted, name: 'credit-risk' })).toBe(false);
  expect(moved(promoted, 'failed')).toBe(false);
  expect(startsBy({ triggers: [] }, { tasks: [] } as unknown as RunView)).toBe(false);
});

describe('a command in place of a container', () => {
  const engine = process.env['MILLRACE_CONTAINER_ENGINE'];
  beforeAll(() => void (process.env['MILLRACE_CONTAINER_ENGINE'] = 'none'));
  afterAll(() => {
    if (engine === undefined) delete process.env['MILLRACE_CONTAINER_ENGINE'];
    else process.env['MILLRACE_CONTAINER_ENGINE'] = engine;
  });
  const withCheck = (code: string) =>
    pipeline({ id: 'trains', description: 'Trains.' }, () => {
      const { command, args } = program(code);
      container('train', { runsOn: 'batch', image: 'train:1', local: { command, args, check: args } });
    }).model;

  it('is asked before a run whether it can', async () => {
    await checkStandIns(connection.project, withCheck('process.exit(0);'));
    const refused = checkStandIns(
      connection.project,
      withCheck('console.error("There is no Python here."); process.exit(69);'),
    );
    await expect(refused).rejects.toMatchObject({
      message: "'train' of trains cannot run here: There is no Python here.",
      code: 3,
    });
  });
});
