/** docs/pipelines: graphs are those that the pipelines have, and tables name ends that there are. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { millraceHere, ROOT } from '../support/millrace';

const PAGES = join(ROOT, 'docs', 'pipelines');
const GRAPH = /<!-- graph ([\w-]+) -->\n+(?:```mermaid\n[\s\S]*?```\n)?/g;

const ids = readdirSync(join(ROOT, 'pipelines'))
  .filter((file) => file.endsWith('.ts'))
  .map((file) => file.slice(0, -3))
  .sort();
const pageOf = (id: string) => readFileSync(join(PAGES, `${id}.md`), 'utf8');
const before = { ...process.env };
afterAll(() => {
  process.env = before;
});

describe('docs/pipelines', () => {
  const millrace = millraceHere(join(ROOT, '.millrace'));
  let graphs: Readonly<Record<string, string>>;

  beforeAll(async () => {
    const drawn: Record<string, string> = {};
    for (const id of ids) drawn[id] = (await millrace('graph', id, '--format', 'mermaid')).stdout.trimEnd();
    graphs = drawn;
    if (process.env['UPDATE_DOCS'] === undefined) return;
    for (const id of ids)
      writeFileSync(
        join(PAGES, `${id}.md`),
        pageOf(id).replaceAll(
          GRAPH,
          (_, named: string) => `<!-- graph ${named} -->\n\n\`\`\`mermaid\n${drawn[named] ?? ''}\n\`\`\`\n`,
        ),
      );
    execFileSync(process.execPath, [
      join(ROOT, 'node_modules', 'prettier', 'bin', 'prettier.cjs'),
      '--write',
      PAGES,
    ]);
  }, 60_000);

  it('draws every pipeline as `millrace graph` does (UPDATE_DOCS=1 draws them anew)', () => {
    const shown = ids.flatMap((id) => [
      ...pageOf(id).matchAll(/<!-- graph ([\w-]+) -->\n\n```mermaid\n([\s\S]*?)\n```\n/g),
    ]);
    expect(Object.fromEntries(shown.map(([, id = '', graph = '']) => [id, graph]))).toEqual(graphs);
  });

  it('has a page for every pipeline, and a row that leads there', () => {
    expect(readdirSync(PAGES).sort()).toEqual(ids.map((id) => `${id}.md`));
    const index = readFileSync(join(ROOT, 'docs', 'pipelines.md'), 'utf8');
    expect(ids.filter((id) => !index.includes(`| [${id}](pipelines/${id}.md)`))).toEqual([]);
  });

  it('has a table of its ends on each, and its Airflow original; the ends are tasks', () => {
    for (const id of ids) {
      const section = pageOf(id);
      expect([id, section.includes('In Airflow: ')]).toEqual([id, true]);
      const [, table = ''] = /\n(\| end [\s\S]*?)(?:\n\n|$)/.exec(section) ?? [];
      const [head = '', ...rows] = table.split('\n');
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
