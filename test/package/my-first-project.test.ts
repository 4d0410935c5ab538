/** The example as somebody has it who installed the package: what `npm pack` makes, and dependencies beside it. */
import { execFile } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { extract } from 'tar';
import { environment, ROOT } from '../support/millrace';

const run = promisify(execFile);
const base = mkdtempSync(join(tmpdir(), 'millrace-package-'));
const project = join(base, 'project');
const modules = join(project, 'node_modules');

beforeAll(async () => {
  const { stdout } = await run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', base], {
    cwd: ROOT,
    env: { ...environment(), npm_config_cache: join(base, 'cache'), npm_config_offline: 'true' },
  });
  const [packed] = JSON.parse(stdout) as { filename: string }[];
  cpSync(join(ROOT, 'examples', 'my-first-project'), project, { recursive: true });
  mkdirSync(join(modules, 'millrace'), { recursive: true });
  await extract({ cwd: join(modules, 'millrace'), file: join(base, packed?.filename ?? ''), strip: 1 });
  for (const name of readdirSync(join(ROOT, 'node_modules')))
    if (!existsSync(join(modules, name))) symlinkSync(join(ROOT, 'node_modules', name), join(modules, name));
}, 60_000);
afterAll(() => rmSync(base, { recursive: true, force: true }));

const here = async (...args: string[]) => run(process.execPath, args, { cwd: project, env: environment() });

it('holds what a project needs, and nothing of the work on millrace', () => {
  const entries = readdirSync(join(modules, 'millrace')).sort();
  expect(entries).toEqual(
    expect.arrayContaining(['LICENSE', 'README.md', 'bin', 'docs', 'lambdas', 'lib', 'package.json']),
  );
  expect(entries.filter((name) => ['test', 'data', 'bench', 'pipelines', 'examples'].includes(name))).toEqual(
    [],
  );
});

it('checks the definitions of the project', async () => {
  const { stdout } = await here(join(modules, 'millrace', 'bin', 'millrace.js'), 'check');
  expect(stdout).toContain('1 pipeline is right: bookings');
}, 30_000);

it('runs the tests of the project', async () => {
  const tests = await here(
    '--require',
    'tsx/cjs',
    '--test',
    '--test-reporter',
    'tap',
    'test/bookings.test.ts',
  );
  expect(tests.stdout).toMatch(/# pass 5\n# fail 0/);
}, 60_000);

it('synthesises handlers of the project and of the package', async () => {
  // As the local cloud does it: `cdk synth` also fetches the binaries of the layer.
  const synthesis = `require('./node_modules/millrace/lib/cloud/synthesise').synthesise(${JSON.stringify({
    outdir: join(base, 'out'),
    projectRoot: project,
    validate: false,
  })})`;
  await here('--import', 'tsx', '-e', synthesis);
  const summary = JSON.parse(readFileSync(join(base, 'out', 'millrace.json'), 'utf8')) as {
    failures: unknown[];
    pipelines: { id: string; functions: { handler: string }[] }[];
  };
  expect(summary.failures).toEqual([]);
  expect(summary.pipelines.map(({ id }) => id)).toEqual(['bookings']);
  const handlers = summary.pipelines[0]?.functions.map(({ handler }) => handler).sort();
  expect(handlers).toEqual([
    'lambdas/ingest-csv',
    'lambdas/notify',
    'lambdas/price-per-night',
    'lambdas/validate-dataset',
  ]);
}, 90_000);
