import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSync } from 'esbuild';

const LOADER = join(__dirname, '..', '..', 'lib', 'local', 'lambda', 'load-handler.js');
const SOURCE = `interface Answer {
  readonly n: number;
}

export async function handler(event: { readonly fail?: boolean }): Promise<Answer> {
  const { sep } = await import('node:path');
  if (event.fail === true) throw new Error('line seven');
  return { n: sep.length };
}
`;
/** Loads the bundle, calls the handler, keeps what was compiled, and prints the stack of a failure. */
const PROGRAM = `
const { loadHandler } = require(process.argv[1]);
const { exports, keep } = loadHandler(process.argv[2], process.argv[3]);
exports.handler({}).then(async ({ n }) => {
  keep();
  const stack = await exports.handler({ fail: true }).catch((error) => error.stack);
  console.log(JSON.stringify({ n, stack }));
});`;

describe('the bundle of a function', () => {
  let base: string;
  let folder: string;
  beforeAll(() => {
    base = mkdtempSync(join(tmpdir(), 'millrace-bundle-'));
    folder = join(base, `asset.${'a'.repeat(64)}`);
    mkdirSync(folder);
    writeFileSync(join(base, 'handler.ts'), SOURCE);
    buildSync({
      entryPoints: [join(base, 'handler.ts')],
      outfile: join(folder, 'index.js'),
      bundle: true,
      minify: true,
      sourcemap: 'linked',
      platform: 'node',
      supported: { 'dynamic-import': false },
      format: 'cjs',
    });
  });
  afterAll(() => rmSync(base, { recursive: true, force: true }));

  const cache = () => join(base, 'cache');
  const load = (): { readonly n: number; readonly stack: string } => {
    const args = ['--enable-source-maps', '-e', PROGRAM, LOADER, join(folder, 'index'), cache()];
    const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    expect(stderr).toBe('');
    return JSON.parse(stdout) as ReturnType<typeof load>;
  };
  const keptFile = () => {
    const [name = '', ...others] = readdirSync(cache());
    expect(others).toEqual([]);
    return join(cache(), name);
  };

  it('is compiled once: later processes take what was kept, and name the same line of the source', () => {
    const first = load();
    const { mtimeMs, size } = statSync(keptFile());
    const second = load();
    expect(statSync(keptFile())).toMatchObject({ mtimeMs, size });
    for (const { n, stack } of [first, second]) {
      expect(n).toBe(1);
      expect(stack).toContain('handler.ts:7:34');
    }
  });

  it('is compiled anew when what was kept is damaged', () => {
    const whole = readFileSync(keptFile());
    writeFileSync(keptFile(), whole.subarray(0, whole.length - 100));
    expect(load().n).toBe(1);
    expect(statSync(keptFile()).size).toBe(whole.length);
  });
});
