/** docs/pipelines.md: its graphs are those that the pipelines have, and its tables name ends that there are. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { millraceHere, ROOT } from '../support/millrace';

const PAGE = join(ROOT, 'docs', 'pipelines.md');
const GRAPH = /<!-- graph ([\w-]+) -->\n+(?:```mermaid\n[\s\S]*?```\n)?/g;

const ids = readdirSync(join(ROOT, 'pipelines'))
  .filter((file) => file.endsWith('.ts'))
  .map((file) => file.slice(0, -3))
  .sort();
const before = { ...process.env };
afterAll(() => {
  process.env = before;
});

describe('docs/pipelines.md', () => {
  const millrace = millraceHere(join(ROOT, '.millrace'));
  let graphs: Readonly<Record<string, string>>;

  beforeAll(async () => {
    const drawn: Record<string, string> = {};
    for (const id of ids) drawn[id] = (await millrace('graph', id, '--format', 'mermaid')).stdout.trimEnd();
    graphs = drawn;
    if (process.env['UPDATE_DOCS'] === undefined) return;
    const text = readFileSync(PAGE, 'utf8').replaceAll(
      GRAPH,
      (_, id: string) => `<!-- graph ${id} -->\n\n\`\`\`mermaid\n${drawn[id] ?? ''}\n\`\`\`\n`,
    );
    writeFileSync(PAGE, text);
    execFileSync(process.execPath, [
      join(ROOT, 'node_modules', 'prettier', 'bin', 'prettier.cjs'),
      '--write',
      PAGE,
    ]);
  }, 60_000);

  it('draws every pipeline as `millrace graph` does (UPDATE_DOCS=1 draws them anew)', () => {
    const page = readFileSync(PAGE, 'utf8');
    const shown = [...page.matchAll(/<!-- graph ([\w-]+) -->\n\n```mermaid\n([\s\S]*?)\n```\n/g)];
    expect(Object.fromEntries(shown.map(([, id = '', graph = '']) => [id, graph]))).toEqual(graphs);
  });

  it('has a section for every pipeline, with its ends and its Airflow original; the ends are tasks', () => {
    const page = readFileSync(PAGE, 'utf8');
    for (const id of ids) {
      const section = new RegExp(`\n## ${id}\n([\\s\\S]*?)(?=\n## |$)`).exec(page)?.[1] ?? '';
      expect([id, section.includes('In Airflow: ')]).toEqual([id, true]);
      const [head = '', ...rows] = section.split('\n').filter((line) => line.startsWith('| '));
      expect([id, head.split('|').map((cell) => cell.trim())]).toEqual([
        id,
        ['', 'end', 'what leads there', 'what is left', ''],
      ]);
      const named = rows
        .filter((row) => !row.startsWith('| --'))
        .flatMap((row) => [...(row.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)].map(([, name = '']) => name));
      expect(named.length).toBeGreaterThan(0);
      const tasks = new Set([...(graphs[id] ?? '').matchAll(/"([\w-]+)[^"]*"/g)].map(([, name]) => name));
      expect([id, named.filter((name) => !tasks.has(name))]).toEqual([id, []]);
    }
  });
});
