/** The pipelines and commands of the guides on orchestration, as they stand there, in one project with one local cloud. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { findBash } from '../../lambdas/shell/run-command';
import type { RunView } from '../../lib/cli/run-view';
import type { OutboxEntry } from '../../lib/orchestration/alerts/outbox';
import type { RunListing } from '../../lib/orchestration/run-record';
import { commandsOf, filesOf, unnamedBlocks } from '../support/guides';
import { millraceServed, startDev, type DevServer } from '../support/millrace';
import { temporaryProject } from '../support/temporary-project';

const GUIDES = [
  'order-and-failure',
  'mapping',
  'waiting',
  'branching',
  'approvals',
  'alerts',
  'caching',
  'commands-and-http',
  'integrations',
  'schedules',
  'reruns-and-backfills',
  'limits',
  'versions',
].map((name) => `${name}.md`);

/** A test waits neither for a time of day nor for minutes. */
const SOONER: readonly (readonly [string, string])[] = [
  ["'settle', minutes(10)", "'settle', 1"],
  ['T06:00:00Z', 'T00:00:00Z'],
  ["time: '08:00'", "time: '00:00'"],
  ["time: '00:00', timeZone: 'Europe/Berlin'", "time: '00:00', timeZone: 'UTC'"],
  ['pokeInterval: minutes(1), timeout: hours(48)', 'pokeInterval: 1, timeout: 60'],
];
const sooner = (code: string) =>
  SOONER.reduce((text, [written, tested]) => text.replace(written, tested), code);

const ofDatasets = Object.entries(filesOf('datasets.md')).filter(
  ([file]) => !/\/(orders|new-sales)\.ts$/.test(file),
);
const files = { ...Object.assign({}, ...GUIDES.map(filesOf)), ...Object.fromEntries(ofDatasets) } as Record<
  string,
  string
>;

it('every block of TypeScript in these guides is a file, or is seen to be a part of one', () => {
  const parts = GUIDES.flatMap(unnamedBlocks).filter((code) => !code.includes('…'));
  // How a program decides an approval is no file of a project.
  expect(parts.map((code) => code.slice(0, 24))).toEqual(['import { decideApproval,']);
});

(findBash() === undefined ? describe.skip : describe)('the guides on orchestration (need bash)', () => {
  const project = temporaryProject(
    Object.fromEntries(Object.entries(files).map(([file, code]) => [file, sooner(code)])),
  );
  const today = () => new Date().toISOString().slice(0, 10);
  let dev: DevServer;
  let millrace: ReturnType<typeof millraceServed>;
  let put: (key: string, body: string) => Promise<void>;
  let clients: { destroy(): void }[] = [];

  beforeAll(async () => {
    dev = await startDev(project.root, project.state);
    millrace = millraceServed(project.root, project.state);
    const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
    const s3 = new S3Client({ endpoint: dev.url, region: 'us-east-1', credentials, forcePathStyle: true });
    const ssm = new SSMClient({ endpoint: dev.url, region: 'us-east-1', credentials });
    clients = [s3, ssm];
    put = async (Key, Body) => {
      const Bucket = 'millrace-dev-data-000000000000-us-east-1';
      await s3.send(new PutObjectCommand({ Bucket, Key, Body }));
    };
    await ssm.send(
      new PutParameterCommand({ Name: '/millrace/dev/scoring-token', Type: 'SecureString', Value: 'sesame' }),
    );
  }, 120_000);
  afterAll(async () => {
    for (const client of clients) client.destroy();
    await millrace.stop();
    await dev.stop();
    project.remove();
  });

  const ends = ({ tasks }: RunView) => Object.fromEntries(tasks.map(({ id, state }) => [id, state]));
  const run = async (pipeline: string, params = {}, expected = 0): Promise<RunView> => {
    const { code, value } = await millrace.json('run', pipeline, '--params', JSON.stringify(params));
    const view = value as RunView;
    const errors = view.tasks.flatMap(({ id, state, error }) =>
      state === 'failed' ? [[id, error?.message]] : [],
    );
    expect({ code, errors: expected === 0 ? errors : [] }).toEqual({ code: expected, errors: [] });
    return view;
  };
  const start = async (pipeline: string, params = {}): Promise<string> => {
    const args = ['run', pipeline, '--no-wait', '--params', JSON.stringify(params)];
    const { code, value } = await millrace.json(...args);
    expect([code, value]).toMatchObject([0, { queued: false }]);
    const { runId } = value as { runId: string };
    await known(runId);
    return runId;
  };
  const show = async (runId: string) => (await millrace.json('show', runId)).value as RunView;
  const until = async <T>(look: () => Promise<T>, done: (found: T) => boolean): Promise<T> => {
    for (;;) {
      const found = await look();
      if (done(found)) return found;
      await pause(100);
    }
  };
  // A run that was accepted is recorded by its first state.
  const known = (runId: string) =>
    until(
      () => millrace('show', runId),
      ({ code }) => code === 0,
    );
  const over = (runId: string) =>
    until(
      () => show(runId),
      ({ status }) => status !== 'running',
    );
  const runsOf = async (pipeline: string) =>
    (await millrace.json('runs', pipeline)).value as readonly RunListing[];

  /** What was told of a pipeline, when it has been told to all. */
  const notified = (pipeline: string, count: number) =>
    until(
      async () => (await millrace.json('notifications', pipeline)).value as OutboxEntry[],
      (entries) =>
        entries.length === count &&
        entries.every(({ deliveries }) => deliveries.every(({ state }) => state !== 'pending')),
    );

  it('order-and-failure.md', async () => {
    expect(ends(await run('nightly', {}, 1))).toEqual({
      'load/orders': 'success',
      'load/returns': 'failed',
      'load/visits': 'skipped',
      complete: 'upstream_failed',
      report: 'success',
      complain: 'success',
      'clean-up': 'success',
    });
  }, 60_000);

  it('mapping.md', async () => {
    for (const file of ['a.csv', 'broken.csv', 'c.csv']) await put(`raw/scores/${today()}/${file}`, 'x');
    expect((await run('score-files')).result).toEqual({
      scores: ['0 a.csv', null, '2 c.csv'],
      trials: ['0.1, 2', '0.1, 4', '0.3, 2', '0.3, 4'],
    });
  }, 60_000);

  it('waiting.md', async () => {
    await run('sales');
    await put(`raw/sales/${today()}.csv`, 'x');
    const runId = await start('sales-report');
    await until(
      () => show(runId),
      (view) => ends(view)['board'] === 'running',
    );
    await put('raw/decisions/churn.txt', 'keep it');
    const view = await over(runId);
    expect([new Set(Object.values(ends(view))), view.result]).toEqual([
      new Set(['success']),
      { decision: 'keep it' },
    ]);
  }, 120_000);

  it('branching.md', async () => {
    const good = await run('decide', { drift: 0.6, rows: 10 });
    expect([good.result, ends(good)]).toEqual([
      { way: ['retrain', 'page'] },
      {
        'good-enough': 'success',
        promote: 'success',
        alert: 'skipped',
        'what-to-do': 'success',
        'fit-anew': 'success',
        'call-somebody': 'success',
        'nothing-to-do': 'skipped',
        together: 'success',
        'enough-rows': 'skipped',
        train: 'skipped',
        tell: 'skipped',
        'clean-up': 'success',
      },
    ]);
    const bad = await run('decide', { auc: 0.5 });
    expect([bad.result, ends(bad)]).toMatchObject([
      { way: ['otherwise'] },
      { promote: 'skipped', alert: 'success', 'nothing-to-do': 'success', train: 'success' },
    ]);
  }, 60_000);

  it('approvals.md', async () => {
    const [list = [], approve = [], reject = []] = commandsOf('approvals.md');
    const asked = (runId: string) =>
      until(
        async () => (await millrace.json('approvals', runId)).value as object[],
        ({ length }) => length > 0,
      );
    const first = await start('release');
    expect(await asked(first)).toMatchObject([
      {
        task: 'risk-board',
        state: 'pending',
        prompt: `Promote the model of ${today()}?`,
        details: { auc: 0.8 },
      },
    ]);
    const told = await notified('release', 1);
    expect(told).toMatchObject([{ kind: 'decision-asked', run: first, deliveries: [{ state: 'sent' }] }]);
    const page = `${dev.url}/console/runs/${first}?task=risk-board`;
    expect(told[0]?.link).toBe(page);
    expect(told[0]?.text).toContain(`Approve: millrace approve ${first} risk-board`);
    expect(told[0]?.text).toContain(`Decide: ${page}`);
    const asking = (await (await fetch(page.replace('/console/', '/console/api/'))).json()) as {
      approvals: object;
    };
    expect(asking.approvals).toMatchObject([{ task: 'risk-board', state: 'pending' }]);
    expect((await millrace(...list)).stdout).toContain('millrace approve');
    expect((await millrace(...approve)).code).toBe(0);
    expect(ends(await over(first))).toMatchObject({ 'a-tenth-first': 'success', everybody: 'skipped' });
    expect((await millrace.refused(...reject)).error.message).toContain('A decision stands');

    const second = await start('release');
    await asked(second);
    expect((await millrace(...reject)).code).toBe(0);
    const refused = await over(second);
    expect(ends(refused)).toMatchObject({ how: 'skipped', 'keep-the-old-one': 'success' });
    expect(refused.tasks.find(({ id }) => id === 'note')?.out).toMatchObject({
      lastLine: expect.stringMatching(/: too risky$/) as string,
    });
  }, 60_000);

  it('alerts.md', async () => {
    await run('nightly-load', { code: 3 }, 1);
    await run('nightly-load');
    const [all = [], some = []] = commandsOf('alerts.md');
    expect((await millrace(...all)).stdout).toContain('nightly-load--manual--');
    const entries = await notified('nightly-load', 5);
    expect(
      entries
        .map(({ kind, deliveries }) =>
          [kind, ...deliveries.map(({ channel, state }) => `${channel.kind} ${state}`)].join(', '),
        )
        .sort(),
    ).toEqual([
      'run-failed, topic sent, slack kept, task sent',
      'run-succeeded, webhook kept',
      'task-failed, topic sent',
      'task-retried, slack kept',
      'task-succeeded, topic sent',
    ]);
    expect((await millrace(...some)).stdout).toContain('nightly-load--manual--');
  }, 60_000);

  it('caching.md', async () => {
    const commands = commandsOf('caching.md');
    const views: RunView[] = [];
    for (const command of commands) views.push((await millrace.json(...command)).value as RunView);
    expect(views.map(({ result, tasks }) => [result, tasks[0]?.cachedFrom !== undefined])).toEqual([
      [{ sum: '5050' }, false],
      [{ sum: '5050' }, true],
      [{ sum: '5050' }, false],
    ]);
  }, 60_000);

  describe('commands-and-http.md', () => {
    const asked: unknown[] = [];
    let server: Server;
    beforeAll(async () => {
      server = createServer((request, response) => {
        asked.push([request.method, request.url, request.headers.authorization]);
        response.setHeader('content-type', 'application/json');
        response.end('{"scores":[0.3,0.7]}');
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    });
    afterAll(() => {
      server.closeAllConnections();
      server.close();
    });

    it('counts lines, skips, and asks a service with a secret', async () => {
      const counted = await run('count-lines', { text: 'x,$(id),z' });
      expect([counted.result, ends(counted)]).toEqual([
        { count: { rows: 3 }, last: 'z' },
        { count: 'success', 'nothing-to-do': 'skipped' },
      ]);
      const { port } = server.address() as AddressInfo;
      const scored = await run('score-by-http', { service: `http://127.0.0.1:${port}` });
      expect([scored.result, asked]).toEqual([
        { answer: { scores: [0.3, 0.7] }, status: 200 },
        [['POST', '/score', 'sesame']],
      ]);
    }, 60_000);
  });

  it('integrations.md', async () => {
    const { result } = await run('sales-week');
    expect(await show((result as { run: string }).run)).toMatchObject({
      pipeline: 'sales-daily',
      status: 'success',
      params: { region: 'north' },
    });
    for (const file of ['a.csv', 'b.csv']) await put(`raw/latest/${file}`, 'four');
    expect((await run('archive')).result).toEqual({
      files: ['raw/latest/a.csv', 'raw/latest/b.csv'],
      bytes: 4,
    });
    // Glue is not of this machine: the definition compiles, and the graph shows it.
    expect((await millrace('check', 'crawl')).code).toBe(0);
  }, 60_000);

  it('datasets.md starts a pipeline when both datasets are new', async () => {
    await run('load-sales');
    const [started] = await until(
      () => runsOf('forecast'),
      ([one]) => one !== undefined && one.status !== 'running',
    );
    expect(started).toMatchObject({ trigger: 'dataset', status: 'success' });
    await run('load-regions');
    const regional = await until(
      () => runsOf('forecast-region'),
      (runs) => runs.length === 2 && runs.every(({ status }) => status !== 'running'),
    );
    const params = await Promise.all(regional.map(async ({ runId }) => (await show(runId)).params));
    expect(params.map((given) => (given as { region: string }).region).sort()).toEqual(['north', 'south']);
  }, 60_000);

  it('limits.md', async () => {
    const { tasks } = await run('extracts');
    const times = (id: string) => {
      const found = tasks.find((task) => task.id === id);
      return [Date.parse(found?.startedAt ?? ''), Date.parse(found?.endedAt ?? '')] as const;
    };
    const [first, second] = [times('orders'), times('customers')].sort(([a], [b]) => a - b);
    expect(first?.[1]).toBeLessThanOrEqual(second?.[0] ?? 0);
  }, 60_000);

  it('versions.md', async () => {
    expect(await run('row-report')).toMatchObject({
      version: 1,
      result: { counted: { rows: 42 }, last: 'done' },
    });
  }, 60_000);

  it('schedules.md', async () => {
    const [stop = [], go = []] = commandsOf('schedules.md');
    expect((await millrace(...stop)).code).toBe(0);
    await put('raw/demand/monday.csv', 'x');
    await put('raw/demand/readme.txt', 'x');
    const arrived = async () =>
      (await runsOf('demand-forecast')).filter(({ trigger }) => trigger === 'object-created');
    await pause(300);
    expect((await arrived()).every(({ status }) => status !== 'success')).toBe(true);
    expect((await millrace(...go)).code).toBe(0);
    const [one] = await until(arrived, ([first]) => first?.status === 'success');
    expect((await show(one?.runId ?? '')).params).toEqual({ source: 'raw/demand/monday.csv' });
  }, 60_000);

  it('reruns-and-backfills.md', async () => {
    await run('weekly-report', {}, 1);
    const codes: [string, number | null][] = [];
    for (const command of commandsOf('reruns-and-backfills.md'))
      codes.push([command.join(' ').split(' --')[0] ?? '', (await millrace(...command)).code]);
    expect(codes).toEqual([
      ['rerun latest', 1],
      ['mark latest alert success', 0],
      ['rerun latest', 0],
      ['clear latest train/random-forest', 0],
      ['clear latest train/random-forest', 1],
      ['audit latest', 0],
      // It has ended.
      ['cancel latest', 2],
      ['backfill demand-forecast', 0],
      ['backfill demand-forecast', 0],
    ]);
    const [report] = await runsOf('weekly-report');
    const { value } = await millrace.json('audit', report?.runId ?? '');
    expect((value as { action: string; why?: string }[]).map(({ action, why }) => [action, why])).toEqual([
      ['start', undefined],
      ['rerun', undefined],
      ['mark', 'told by phone'],
      ['rerun', undefined],
      ['clear', undefined],
      ['clear', 'new data'],
    ]);
    const dates = (await runsOf('demand-forecast')).filter(({ trigger }) => trigger === 'backfill');
    expect(dates.map(({ status }) => status)).toEqual(Array(7).fill('success'));
  }, 120_000);

  it('permissions.md', async () => {
    const { value } = await millrace.json('audit', 'demand-forecast');
    expect((value as { action: string; by: string }[]).map(({ action }) => action)).toEqual([
      'pause',
      'resume',
      'backfill',
    ]);
  }, 60_000);
});
