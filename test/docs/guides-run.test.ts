/** The examples of the guides on queries and on Python, as they stand there. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { RunView } from '../../lib/cli/run-view';
import { millraceIn, ROOT } from '../support/millrace';
import { describeWithPython } from '../support/python-functions';
import { temporaryProject } from '../support/temporary-project';

/** Files that a guide shows, by the name in their first line. */
function filesOf(guide: string): Record<string, string> {
  const text = readFileSync(join(ROOT, 'docs', 'guides', guide), 'utf8');
  return Object.fromEntries(
    [...text.matchAll(/```(?:ts|python)\n(?:\/\/|#) (\S+)\n([\s\S]*?)```/g)].map(
      ([, file = '', code = '']) => [file, code],
    ),
  );
}

describe('docs/guides/sql.md', () => {
  const project = temporaryProject(filesOf('sql.md'));
  const millrace = millraceIn(project.root, project.state);
  afterAll(() => project.remove());

  it('asks Athena and Redshift, on DuckDB', async () => {
    mkdirSync(join(project.root, 'data'));
    writeFileSync(
      join(project.root, 'data', 'orders.csv'),
      'id,country,day,total\n1,DE,2026-01-01,20\n2,FR,2026-01-02,70\n3,FR,2026-01-03,15.5\n4,FR,2026-01-03,5\n',
    );
    const { code, value } = await millrace.json('run', 'orders-report');
    const run = value as RunView;
    expect([code, run.tasks.map(({ id, state, error }) => [id, state, error ?? null])]).toEqual([
      0,
      [
        ['by-country', 'success', null],
        ['dataset', 'success', null],
        ['best', 'success', null],
      ],
    ]);
    const out = (task: string) => run.tasks.find(({ id }) => id === task)?.out;
    expect(out('by-country')).toMatchObject({
      rows: [
        { country: 'FR', orders: 2, total: 85.5 },
        { country: 'DE', orders: 1, total: 20 },
      ],
      truncated: false,
    });
    const { location } = out('by-country') as { location: string };
    expect(out('dataset')).toMatchObject({
      dataset: {
        rows: 2,
        columns: [
          { name: 'country', type: 'string' },
          { name: 'orders', type: 'integer' },
          { name: 'total', type: 'number' },
        ],
        made: { by: 'ingest-csv', from: [location] },
      },
    });
    expect(out('best')).toMatchObject({
      rows: [
        { id: 2, total: 70 },
        { id: 3, total: 15.5 },
        { id: 4, total: 5 },
      ],
      rowCount: 3,
    });
  }, 60_000);
});

describeWithPython('docs/guides/python.md', () => {
  const files = filesOf('python.md');
  const project = temporaryProject(files);
  const millrace = millraceIn(project.root, project.state);
  afterAll(() => project.remove());

  it('counts words', async () => {
    expect(Object.keys(files).map(dirname).sort()).toEqual(['lambdas/count-words', 'pipelines']);
    const { code, value } = await millrace.json('run', 'words');
    const [task] = (value as RunView).tasks;
    expect([code, task?.out]).toEqual([0, { words: { a: 2, rose: 2 }, total: 5 }]);
    expect((await millrace('logs', 'latest', 'count')).stdout).toContain('Counted 5 words');
  }, 60_000);
});
