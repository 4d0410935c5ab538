/** What people hand to `millrace run credit-risk`: params outside the schema, damaged CSV files. Nothing may come of it. */
import { readFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { RunView } from '../../lib/cli/run-view';
import { millraceHere, ROOT, startDev, type DevServer } from '../support/millrace';

const BUCKET = 'millrace-dev-data-000000000000-us-east-1';
const GOOD = readFileSync(join(ROOT, 'data', 'german_credit.csv'), 'utf8')
  .trimEnd()
  .split('\n');
const HEADER = GOOD[0]?.split(',') ?? [];

/** The sound file with one cell replaced; lines count from 1, the header's. */
function withCell(line: number, column: string, cell: string): string {
  const lines = [...GOOD];
  const cells = lines[line - 1]?.split(',') ?? [];
  cells[HEADER.indexOf(column)] = cell;
  lines[line - 1] = cells.join(',');
  return lines.join('\n');
}

const base = mkdtempSync(join(tmpdir(), 'millrace-bad-data-'));
const millrace = millraceHere(join(base, '.millrace'));
let dev: DevServer;
let s3: S3Client;
// Commands leave in the environment where the cloud is.
const before = { ...process.env };

beforeAll(async () => {
  dev = await startDev(ROOT, join(base, '.millrace'));
  s3 = new S3Client({
    endpoint: dev.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    forcePathStyle: true,
  });
}, 120_000);

afterAll(async () => {
  process.env = before;
  s3.destroy();
  await dev.stop();
  rmSync(base, { recursive: true, force: true });
});

describe('params outside the schema', () => {
  it.each([
    [
      'a wrong type',
      '{"minimumAuc": "high"}',
      'Millrace.InvalidParams',
      'minimumAuc: expected number, got "high"',
    ],
    ['a value out of range', '{"testSize": 1}', 'Millrace.InvalidParams', 'testSize'],
    ['an unknown key', '{"minimumAuk": 0.7}', 'Millrace.InvalidParams', 'minimumAuk: there is no such param'],
    ['malformed JSON', '{"minimumAuc":', 'SyntaxError', 'not JSON'],
    ['a list', '[1]', 'CliError', 'not a JSON object'],
    ['a file that is not there', '@/nowhere/params.json', 'ENOENT', '/nowhere/params.json'],
  ])('are refused before anything starts: %s', async (_what, params, name, message) => {
    const { code, error } = await millrace.refused('run', 'credit-risk', '--params', params);
    expect(code).toBe(2);
    expect(error).toMatchObject({ name, message: expect.stringContaining(message) });
    expect(error.where).toMatch(/^--params$|params\.json$/);
    expect(error.remedy).not.toBeNull();
  });

  it('left no run behind, nor input of a task that its contract forbids', async () => {
    expect(await millrace.json('runs')).toMatchObject({ code: 0, value: [] });
    const { code, error } = await millrace.refused(
      'test',
      'credit-risk',
      'ingest',
      '--input',
      '{"source": 3}',
    );
    expect({ code, name: error.name }).toEqual({ code: 1, name: 'Millrace.InvalidInput' });
    expect(error.message).toContain('source: expected string, got 3');
    expect(await millrace.json('runs')).toMatchObject({ code: 0, value: [] });
  });
});

describe('a damaged CSV file', () => {
  const latin1 = Buffer.from(withCell(8, 'purpose', 'A4\xe9'), 'latin1');
  const oneClass = [
    GOOD[0],
    ...GOOD.slice(1).map((line) => `${line.slice(0, line.lastIndexOf(','))},good`),
  ].join('\n');

  it.each([
    ['absent.csv', undefined, 'ingest', 'There is no object', 'Upload it'],
    ['empty.csv', '', 'ingest', 'is empty', 'Upload a CSV file with a header row'],
    ['header-only.csv', `${GOOD[0]}\n`, 'ingest', 'a header, but no rows', 'Upload the whole file'],
    ['no-header.csv', GOOD.slice(1).join('\n'), 'ingest', 'line 1', 'Is the header row missing?'],
    ['extra-cell.csv', withCell(5, 'risk', 'good,extra'), 'ingest', 'line 5: 22 columns', 'mend the line'],
    ['latin1.csv', latin1, 'ingest', "line 8, column 'purpose'", 'Save the file as UTF-8'],
    ['utf16.csv', Buffer.from('\uFEFFa,b\n', 'utf16le'), 'ingest', 'is UTF-16', 'Save it as UTF-8'],
    [
      'not-a-number.csv',
      withCell(11, 'credit_amount', '12o0'),
      'ingest',
      "line 11, column 'credit_amount': '12o0' is no number",
      'Mend the file',
    ],
    [
      'out-of-range.csv',
      withCell(3, 'age_years', '7'),
      'validate',
      '(age_years): 1 of 1000 values fail, e.g. 7',
      'Report',
    ],
    [
      'one-class.csv',
      oneClass,
      'features',
      "Dataset 'applications' cannot be learned from: The target 'risk' has one class only (good)",
      'Check the source',
    ],
  ])('%s fails the run where it is read', async (file, body, task, message, remedy) => {
    if (body !== undefined)
      await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: `raw/${file}`, Body: Buffer.from(body) }));
    const { code, value } = await millrace.json(
      'run',
      'credit-risk',
      '--params',
      JSON.stringify({ source: `raw/${file}` }),
    );
    const run = value as RunView;
    expect({ code, status: run.status }).toEqual({ code: 1, status: 'failed' });
    const failed = run.tasks.filter(({ state }) => state === 'failed');
    expect(failed.map(({ id, attempt }) => ({ id, attempt }))).toEqual([{ id: task, attempt: 1 }]);
    const text = failed[0]?.error?.message ?? '';
    expect(text).toContain(message);
    expect(text).toContain(remedy);
    if (task === 'ingest') expect(text).toContain(`raw/${file}`);
    expect(run.tasks.find(({ id }) => id === 'register')?.state).toBe('upstream_failed');
  });

  it('registers no model', async () => {
    expect(await millrace.json('models')).toMatchObject({ code: 0, value: [] });
  });
});

describe('names that nothing has', () => {
  // Those that need no cloud are in test/cli/commands.test.ts.
  it('are answered with the nearest one, or with where to look', async () => {
    const { value } = await millrace.json('runs', '--limit', '1');
    const id = (value as { runId: string }[])[0]?.runId ?? '';
    const slip = id.replace('manual', 'manaul');
    const asked = [
      [['runs', 'credit-rsik'], 'credit-rsik', "Did you mean 'credit-risk'?"],
      [['show', slip], slip, `Did you mean '${id}'?`],
      [['logs', slip], slip, `Did you mean '${id}'?`],
      [['show', 'nothing'], 'nothing', 'millrace runs'],
      [['logs', 'latest', 'ingets'], 'ingets', "Did you mean 'ingest'?"],
      [['models', 'nothing'], 'nothing', 'Models here: none'],
      [['experiments', 'credit-rsik'], 'credit-rsik', 'Experiments here'],
    ] as const;
    const answers = await Promise.all(asked.map(([args]) => millrace.refused(...args)));
    answers.forEach(({ code, error }, i) => {
      const [args, message = '', remedy = ''] = asked[i] ?? [];
      expect({ args, code }).toEqual({ args, code: 2 });
      expect(error.message).toContain(message);
      expect(error.remedy).toContain(remedy);
    });
  });
});

describe('clean', () => {
  it('refuses while a server runs', async () => {
    const { code, error } = await millrace.refused('clean', '--yes');
    expect(code).toBe(3);
    expect(error).toMatchObject({
      message: `A local cloud is running on it (process ${dev.pid}, ${dev.url}).`,
      where: join(base, '.millrace'),
      remedy: 'Stop that process first.',
    });
    expect((await millrace.json('runs')).value).toHaveLength(10);
  });
});
