/** All files that guides show, in one project: the compiler takes them, and the checks of definitions find nothing. */
import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { filesOf } from '../support/guides';
import { environment, millraceIn, ROOT } from '../support/millrace';
import { temporaryProject } from '../support/temporary-project';

const run = promisify(execFile);
const guides = readdirSync(join(ROOT, 'docs', 'guides')).filter((name) => name.endsWith('.md'));
const shown = guides.flatMap((guide) =>
  Object.entries(filesOf(guide)).map(([file, code]) => ({ guide, file, code })),
);
const project = temporaryProject(Object.fromEntries(shown.map(({ file, code }) => [file, code])));
afterAll(() => project.remove());

it('no two guides show the same file', () => {
  const files = shown.map(({ file }) => file);
  expect(files.filter((file, i) => files.indexOf(file) !== i)).toEqual([]);
  expect(files.length).toBeGreaterThan(30);
});

it('TypeScript finds no fault but the one that is put in', async () => {
  const folders = [...new Set(shown.map(({ file }) => dirname(file)))];
  project.write('wrong/number.ts', "export const wrong: number = 'text';\n");
  project.write(
    'tsconfig.guides.json',
    JSON.stringify({
      extends: './tsconfig.json',
      // What is linked here keeps its place, so that `../lib` of an example is the library.
      compilerOptions: { types: ['node'], preserveSymlinks: true },
      include: [...folders, 'wrong'],
      exclude: [],
    }),
  );
  const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  const { stdout } = await run(process.execPath, [tsc, '-p', 'tsconfig.guides.json'], {
    cwd: project.root,
    env: environment(),
  }).catch((error: { stdout: string }) => error);
  expect(stdout.trim().split('\n')).toEqual([
    expect.stringMatching(/^wrong\/number\.ts\(1,14\): error TS2322/) as string,
  ]);
}, 120_000);

it('they compile to machines', async () => {
  const { code, value } = await millraceIn(project.root, project.state).json('check');
  expect([code, (value as { findings: unknown[] }).findings]).toEqual([0, []]);
}, 60_000);
