import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { bundlePython, type PythonBundleProps } from '../../lib/cloud/bundle-python';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'millrace-bundle-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const CONTRACT = { input: { type: 'object' }, output: {}, skips: false };

function write(files: Readonly<Record<string, string>>): void {
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(join(root, dirname(file)), { recursive: true });
    writeFileSync(join(root, file), text);
  }
}

const bundle = (props: Partial<PythonBundleProps> = {}) =>
  bundlePython({
    projectRoot: root,
    outdir: join(root, 'out'),
    architecture: 'arm64',
    handlers: [{ handler: 'lambdas/train', contracts: { train: CONTRACT } }],
    run: () => Promise.reject(new Error('No program is started.')),
    ...props,
  });

/** Plays pip: writes packages into the target. */
function pip(calls: string[][], packages: Readonly<Record<string, number>>) {
  return async (program: string, args: readonly string[]): Promise<void> => {
    calls.push([program, ...args]);
    if (program === 'uv') throw Object.assign(new Error('spawn uv ENOENT'), { code: 'ENOENT' });
    const target = args[args.indexOf('--target') + 1] ?? '';
    for (const [name, bytes] of Object.entries(packages)) {
      mkdirSync(join(target, name.split('-')[0] ?? ''), { recursive: true });
      mkdirSync(join(target, `${name}.dist-info`));
      writeFileSync(join(target, name.split('-')[0] ?? '', '__init__.py'), Buffer.alloc(bytes));
    }
  };
}

it('a handler without requirements is bundled without Python: its files, the runtime, its contracts', async () => {
  write({
    'lambdas/train/handler.py': 'def run(input, context):\n    return {}\n',
    'lambdas/train/steps/fit.py': 'x = 1\n',
    'lambdas/train/__pycache__/handler.pyc': 'x',
    'lambdas/train/tests/test_fit.py': 'x',
  });
  const { bundles, failures } = await bundle();
  expect(failures).toEqual([]);
  const [made] = bundles;
  const file = (name: string) => join(made?.directory ?? '', name);
  expect(
    ['handler.py', 'steps/fit.py', 'millrace/entry.py'].filter((name) => !existsSync(file(name))),
  ).toEqual([]);
  expect(['__pycache__', 'tests', 'packages'].filter((name) => existsSync(file(name)))).toEqual([]);
  expect(JSON.parse(readFileSync(file('contracts.json'), 'utf8'))).toEqual({ train: CONTRACT });
  expect(made?.assetHash).toBe(made?.codeHash);
  // The same sources elsewhere are the same code; other sources, or another contract, are not.
  const again = await bundle({ outdir: join(root, 'elsewhere') });
  expect(again.bundles[0]?.codeHash).toBe(made?.codeHash);
  const other = { handler: 'lambdas/train', contracts: { train: { ...CONTRACT, skips: true } } };
  expect((await bundle({ handlers: [other] })).bundles[0]?.codeHash).not.toBe(made?.codeHash);
  write({ 'lambdas/train/steps/fit.py': 'x = 2\n' });
  expect((await bundle()).bundles[0]?.codeHash).not.toBe(made?.codeHash);
});

const WITH_PACKAGES = {
  'lambdas/train/handler.py': 'def run(input, context): ...\n',
  'lambdas/train/requirements.txt': '# what it needs\nnumpy==2.3.4\n',
};

it('installs wheels for the platform of the functions, once', async () => {
  write(WITH_PACKAGES);
  const calls: string[][] = [];
  const run = pip(calls, { 'numpy-2.3.4': 10 });
  const { bundles } = await bundle({ run });
  expect(existsSync(join(bundles[0]?.directory ?? '', 'packages', 'numpy', '__init__.py'))).toBe(true);
  expect(calls.map(([program]) => program)).toEqual(['uv', 'python3']);
  const text = calls[1]?.join(' ') ?? '';
  expect(text).toContain('--only-binary=:all: --implementation cp --python-version 3.13');
  expect(text).toContain('--platform manylinux_2_28_aarch64');
  expect(text).toContain('--platform manylinux2014_aarch64');
  expect(text).toContain(`--requirement ${join(root, 'lambdas/train/requirements.txt')}`);
  expect((await bundle({ run })).bundles[0]?.assetHash).toBe(bundles[0]?.assetHash);
  expect(calls).toHaveLength(2);
  await bundle({ run, architecture: 'x86_64' });
  expect(calls.at(-1)?.join(' ')).toContain('manylinux_2_28_x86_64');
});

it('leaves the packages out for the local cloud, in a bundle that says it cannot be deployed', async () => {
  write(WITH_PACKAGES);
  const { bundles } = await bundle({ placeholder: true });
  expect(bundles[0]?.incomplete).toContain('no Python packages for Lambda');
  expect(existsSync(join(bundles[0]?.directory ?? '', 'requirements.txt'))).toBe(true);
});

it.each([
  [
    'no Python',
    () => Promise.reject(Object.assign(new Error('spawn ENOENT'), { code: 'ENOENT' })),
    'PYTHON_MISSING',
    'there is neither uv nor a python3 with pip here',
  ],
  [
    'no wheel',
    () =>
      Promise.reject(
        Object.assign(new Error('exit 1'), {
          code: 1,
          stderr: 'ERROR: No matching distribution found for odd==1.0\n',
        }),
      ),
    'PYTHON_PACKAGES',
    'cannot be installed for Lambda (Python 3.13, arm64): ERROR: No matching distribution found for odd==1.0',
  ],
  ['too large', pip([], { 'huge-1.0': 251 * 1024 * 1024 }), 'PYTHON_TOO_LARGE', 'have 251 MB unpacked'],
])('a bundle that cannot be made is a failure of its handler: %s', async (_case, run, code, message) => {
  write(WITH_PACKAGES);
  const { bundles, failures } = await bundle({ run });
  expect(bundles).toEqual([]);
  expect(failures).toEqual([
    {
      handler: 'lambdas/train',
      file: 'lambdas/train/requirements.txt',
      code,
      message: expect.stringContaining(message) as unknown,
      hint: expect.any(String) as unknown,
    },
  ]);
  expect(failures[0]?.message).not.toContain(root);
  // What was begun is not taken for complete.
  expect((await bundle({ run: pip([], { 'numpy-2.3.4': 1 }) })).failures).toEqual([]);
});

it('a missing handler, and one without run, are failures', async () => {
  expect((await bundle()).failures[0]?.code).toBe('HANDLER_MISSING');
  write({ 'lambdas/train/handler.py': 'def handler(event, context): ...\n' });
  expect((await bundle()).failures[0]).toMatchObject({
    code: 'HANDLER_BROKEN',
    message: 'handler.py has no function run(input, context).',
  });
});
