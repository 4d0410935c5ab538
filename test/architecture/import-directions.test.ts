import { join } from 'node:path';
import { circles, importsOf, type ProjectImport, projectFiles } from './project-imports';
import { CDK_PACKAGES, roomOf, ROOMS, SDK_SCOPES } from './rooms';

const ROOT = join(__dirname, '..', '..');
const FOLDERS = ['bin', 'lib', 'lambdas', 'pipelines'];

/** What is wrong with an import, or `undefined`. */
function fault({ from, to, kind, internal }: ProjectImport): string | undefined {
  const room = roomOf(from);
  if (room === undefined) return undefined;
  if (!internal) {
    if (!room.cdk && CDK_PACKAGES.some((name) => to === name || to.startsWith(`${name}/`))) {
      return `${from} loads ${to}; only lib/cloud loads the CDK`;
    }
    if (!room.sdk && SDK_SCOPES.some((scope) => to.startsWith(`${scope}/`))) {
      return `${from} loads ${to}; ${room.folder} does not load clients of AWS`;
    }
    return undefined;
  }
  const target = roomOf(to);
  if (target === undefined || target === room || room.from.includes(target.folder)) return undefined;
  if (kind === 'type' && room.types?.includes(target.folder)) return undefined;
  return `${from} imports ${to}; ${room.folder} may not import from ${target.folder}`;
}

describe('import directions', () => {
  const files = projectFiles(ROOT, FOLDERS);
  const imports = files.flatMap((file) => importsOf(ROOT, file));

  it('finds the files and their imports', () => {
    expect(files).toContain('lib/cloud/synthesise.ts');
    expect(imports).toContainEqual({
      from: 'lib/cloud/synthesise.ts',
      to: 'lib/cloud/collect-pipelines.ts',
      kind: 'value',
      internal: true,
    });
    expect(imports.length).toBeGreaterThan(files.length);
  });

  it('are those of the table of rooms', () => {
    expect(imports.map(fault).filter((text) => text !== undefined)).toEqual([]);
  });

  it('never form a circle', () => {
    expect(circles(imports)).toEqual([]);
  });

  it('of a room of the table all lead to a folder that the table knows', () => {
    const known = new Set(ROOMS.map((room) => room.folder));
    for (const room of ROOMS) {
      for (const folder of [...room.from, ...(room.types ?? [])]) expect(known).toContain(folder);
    }
  });
});

describe('the check of import directions', () => {
  const check = (from: string, source: string): (string | undefined)[] =>
    importsOf(ROOT, from, source).map(fault);

  it('refuses a value import where only types are allowed', () => {
    expect(check('lib/reports/x.ts', "import { a } from '../data/profile';\n")).toEqual([
      'lib/reports/x.ts imports lib/data/profile.ts; lib/reports may not import from lib/data',
    ]);
    expect(check('lib/reports/x.ts', "import type { A } from '../data/profile';\n")).toEqual([undefined]);
    expect(check('lib/reports/x.ts', "import { type A, type B } from '../data/profile';\n")).toEqual([
      undefined,
    ]);
    expect(check('lib/reports/x.ts', "import { type A, b } from '../data/profile';\n")).toEqual([
      'lib/reports/x.ts imports lib/data/profile.ts; lib/reports may not import from lib/data',
    ]);
  });

  it('sees imports over several lines, re-exports, dynamic imports and require', () => {
    const refused = ['lib/local/x.ts imports lib/cloud/names.ts; lib/local may not import from lib/cloud'];
    expect(check('lib/local/x.ts', "import {\n  a,\n  b,\n} from '../cloud/names';\n")).toEqual(refused);
    expect(check('lib/local/x.ts', "export { a } from '../cloud/names';\n")).toEqual(refused);
    expect(check('lib/local/x.ts', "const a = await import('../cloud/names');\n")).toEqual(refused);
    expect(check('lib/local/x.ts', "const a = require('../cloud/names');\n")).toEqual(refused);
    expect(check('lib/local/x.ts', "// import { a } from '../cloud/names';\n")).toEqual([]);
  });

  it('finds a circle and names its files', () => {
    const edge = (from: string, to: string): ProjectImport => ({ from, to, kind: 'value', internal: true });
    const edges = [edge('a', 'b'), edge('b', 'c'), edge('c', 'a'), edge('c', 'd'), edge('e', 'a')];
    expect(circles(edges)).toEqual([['a', 'b', 'c']]);
  });
});
