import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleHandlers, findHandlers, type BundleResult } from '../../lib/cloud/bundle-handlers';

const SOURCES = {
  'lib/shared.ts':
    'export const shout = (text: string): string => `${text.toUpperCase()}!`;\nexport const unused = () => "left out";\n',
  'lambdas/alpha/handler.ts':
    "import { shout } from '../../lib/shared';\nexport const handler = async (): Promise<string> => shout('alpha');\n",
  'lambdas/beta/handler.ts':
    "import { shout } from '../../lib/shared';\nexport const handler = async (): Promise<string> => shout('beta');\n",
  'lambdas/native/handler.ts':
    "import { DuckDBInstance } from '@duckdb/node-api';\nexport const handler = async () => DuckDBInstance.create();\n",
};
const ROOT = join(__dirname, '..', '..');
const scratch: string[] = [];

function project(sources: Readonly<Record<string, string>> = SOURCES): string {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'millrace-bundle-')));
  scratch.push(root);
  for (const [name, source] of Object.entries(sources)) {
    mkdirSync(join(root, name, '..'), { recursive: true });
    writeFileSync(join(root, name), source);
  }
  return root;
}

const bundle = (root: string, handlers = findHandlers(root)): Promise<BundleResult> =>
  bundleHandlers({ projectRoot: root, handlers, outdir: join(root, 'out') });

afterEach(() => {
  for (const root of scratch.splice(0)) rmSync(root, { recursive: true, force: true });
});

describe('bundling handlers', () => {
  it('gives each handler a CommonJS module of its own that runs', async () => {
    const { bundles, failures } = await bundle(project());
    expect(failures).toEqual([]);
    expect([...bundles.keys()]).toEqual(['lambdas/alpha', 'lambdas/beta', 'lambdas/native']);
    for (const name of ['alpha', 'beta']) {
      const { directory, bytes, codeHash } = bundles.get(`lambdas/${name}`)!;
      const { handler } = require(join(directory, 'index.js')) as { handler: () => Promise<string> };
      expect(await handler()).toBe(`${name.toUpperCase()}!`);
      expect(bytes).toBe(readFileSync(join(directory, 'index.js')).byteLength);
      expect(codeHash).toMatch(/^[0-9a-f]{64}$/);
    }
  });

  it('leaves out what is not used, and DuckDB, which comes from a layer', async () => {
    const { bundles } = await bundle(project());
    const code = (name: string): string =>
      readFileSync(join(bundles.get(name)!.directory, 'index.js'), 'utf8');
    expect(code('lambdas/alpha')).not.toContain('left out');
    expect(code('lambdas/native')).toContain('require("@duckdb/node-api")');
  });

  it('gives the same bytes in another folder, and alone or together with others', async () => {
    const here = await bundle(project());
    const there = project();
    const alone = await bundle(there, ['lambdas/beta']);
    const [a, b] = [here, alone].map(({ bundles }) => bundles.get('lambdas/beta')!);
    expect(b!.codeHash).toBe(a!.codeHash);
    expect(b!.assetHash).toBe(a!.assetHash);
    for (const file of ['index.js', 'index.js.map']) {
      expect(readFileSync(join(b!.directory, file), 'utf8')).not.toContain(there);
    }
    const map = JSON.parse(readFileSync(join(b!.directory, 'index.js.map'), 'utf8')) as { sources: string[] };
    expect(map.sources.sort()).toEqual(['../../../lambdas/beta/handler.ts', '../../../lib/shared.ts']);
  });

  it('changes the hash of the handlers that use a changed file, and of no others', async () => {
    const before = await bundle(project());
    const after = await bundle(
      project({ ...SOURCES, 'lib/shared.ts': SOURCES['lib/shared.ts'].replace('!`', '?`') }),
    );
    const same = (handler: string): boolean =>
      before.bundles.get(handler)?.codeHash === after.bundles.get(handler)?.codeHash;
    expect(['lambdas/alpha', 'lambdas/beta', 'lambdas/native'].map(same)).toEqual([false, false, true]);
  });

  it('reports a handler that does not compile with file and line, and bundles the others', async () => {
    const { bundles, failures } = await bundle(
      project({
        ...SOURCES,
        'lambdas/alpha/handler.ts': 'export const x = 1;\nexport const handler = async ( => 1;\n',
      }),
    );
    expect(failures).toHaveLength(1);
    expect(failures[0]).toMatchObject({
      handler: 'lambdas/alpha',
      file: 'lambdas/alpha/handler.ts',
      line: 2,
      code: 'HANDLER_BROKEN',
    });
    expect([...bundles.keys()]).toEqual(['lambdas/beta', 'lambdas/native']);
  });

  it('reports a fault in a shared file at its place, for each handler that imports it', async () => {
    const { bundles, failures } = await bundle(
      project({
        ...SOURCES,
        'lib/shared.ts': "import { gone } from './gone';\nexport const shout = gone;\n",
      }),
    );
    expect(failures.map(({ handler, file, line }) => [handler, file, line])).toEqual([
      ['lambdas/alpha', 'lib/shared.ts', 1],
      ['lambdas/beta', 'lib/shared.ts', 1],
    ]);
    expect([...bundles.keys()]).toEqual(['lambdas/native']);
  });

  it('are taken from the cache as they were made, while no file that went into them has changed', async () => {
    const cache = mkdtempSync(join(tmpdir(), 'millrace-cache-'));
    const bundle = async () => {
      const outdir = mkdtempSync(join(tmpdir(), 'millrace-bundles-'));
      const handlers = ['lambdas/notify'];
      const { bundles } = await bundleHandlers({ projectRoot: ROOT, handlers, outdir });
      rmSync(outdir, { recursive: true });
      return bundles.get('lambdas/notify');
    };
    const before = process.env['MILLRACE_BUNDLE_CACHE'];
    try {
      process.env['MILLRACE_BUNDLE_CACHE'] = '';
      const { directory: _, ...plain } = (await bundle()) ?? { directory: '', bytes: 0 };
      process.env['MILLRACE_BUNDLE_CACHE'] = cache;
      expect(await bundle()).toMatchObject(plain);
      const [place = ''] = readdirSync(cache);
      const kept = join(cache, place, 'index.js');
      writeFileSync(kept, 'taken');
      expect((await bundle())?.bytes).toBe('taken'.length);
      // One of its files was another one then.
      const list = join(cache, place, 'inputs.json');
      const { inputs, settings } = JSON.parse(readFileSync(list, 'utf8')) as {
        inputs: Record<string, string>;
        settings: string;
      };
      const files = Object.keys(inputs);
      expect(files).toEqual(expect.arrayContaining([join(ROOT, 'lib', 'runtime', 'task-handler.ts')]));
      const changed = { ...inputs, [files.at(-1) ?? '']: 'another' };
      writeFileSync(list, JSON.stringify({ inputs: changed, settings }));
      expect(await bundle()).toMatchObject(plain);
      expect(readFileSync(kept).length).toBe(plain.bytes);
    } finally {
      if (before === undefined) delete process.env['MILLRACE_BUNDLE_CACHE'];
      else process.env['MILLRACE_BUNDLE_CACHE'] = before;
      rmSync(cache, { recursive: true, force: true });
    }
  });

  it('reports a handler that does not exist', async () => {
    const { failures } = await bundle(project(), ['lambdas/alpha', 'lambdas/gamma']);
    expect(failures).toMatchObject([{ file: 'lambdas/gamma/handler.ts', code: 'HANDLER_MISSING' }]);
  });
});
