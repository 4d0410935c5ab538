import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { orchestrationTable } from '../../lib/aws/tables';
import { consoleGuest } from '../../lib/console/guest';
import { listingKey, runKey, taskKey } from '../../lib/orchestration/keys';
import { listingOf, type RunRecord } from '../../lib/orchestration/run-record';
import { endpointKey, endpointListKey } from '../../lib/serving/keys';
import { setPaused } from '../../lib/orchestration/pipeline-state';
import { createExperiment } from '../../lib/tracking/experiments';
import { createRun } from '../../lib/tracking/runs';
import { startLocalAws, type LocalAws } from '../support/local-aws';

const ROOT = join(__dirname, '..', '..');

describe('the API of the console', () => {
  const directory = mkdtempSync(join(tmpdir(), 'millrace-console-'));
  const catalogueFile = join(directory, 'millrace.json');
  let aws: LocalAws;
  let viewers: LocalAws;

  const task = (id: string, needs: readonly string[]) => ({
    id,
    state: id,
    kind: 'task',
    contract: 'step',
    needs,
  });
  const catalogue = {
    stage: 'test',
    code: { commit: 'abc', dirty: false },
    failures: [{ file: 'pipelines/x.ts', line: 3, code: 'MR001', message: 'Wrong.', hint: 'Mend it.' }],
    pipelines: [
      {
        id: 'etl',
        description: 'Moves things.',
        file: 'pipelines/etl.ts',
        machine: 'millrace-test-etl',
        schedule: { kind: 'interval', seconds: 3600 },
        triggers: [],
        startDate: '2026-01-01',
        endDate: null,
        catchup: false,
        maxActiveRuns: 1,
        tasks: [task('a', []), task('b', ['a'])],
        functions: [],
        paramsSchema: {},
        notices: [],
      },
    ],
  };

  const run = (n: number, status: RunRecord['status']): RunRecord => ({
    runId: `etl--manual--${n}`,
    pipeline: 'etl',
    status,
    context: {
      id: `etl--manual--${n}`,
      pipeline: 'etl',
      params: { n },
      trigger: 'manual',
      logicalDate: '2026-01-01T00:00:00.000Z',
      dataIntervalStart: '2026-01-01T00:00:00.000Z',
      dataIntervalEnd: '2026-01-01T00:00:00.000Z',
      ds: '2026-01-01',
      dsNodash: '20260101',
      startedAt: `2026-01-01T00:00:${String(n).padStart(2, '0')}.000Z`,
      code: { commit: 'abc', dirty: false },
    },
    execution: `arn:aws:states:us-east-1:000000000000:execution:millrace-test-etl:${n}`,
    executions: [`arn:aws:states:us-east-1:000000000000:execution:millrace-test-etl:${n}`],
    startedAt: `2026-01-01T00:00:${String(n).padStart(2, '0')}.000Z`,
    endedAt: `2026-01-01T00:01:${String(n).padStart(2, '0')}.000Z`,
    ttl: 4_000_000_000,
  });

  beforeAll(async () => {
    writeFileSync(catalogueFile, JSON.stringify(catalogue));
    const guest = (readOnly: boolean) =>
      consoleGuest({
        projectRoot: ROOT,
        catalogueFile,
        cacheDirectory: join(directory, 'console'),
        by: 'ann',
        readOnly,
      });
    viewers = await startLocalAws([guest(true)]);
    aws = await startLocalAws([guest(false)]);
    await aws.createMachine('millrace-test-etl', {
      QueryLanguage: 'JSONata',
      StartAt: 'A',
      States: { A: { Type: 'Succeed' } },
    });
    for (let n = 1; n <= 25; n++) {
      const record = run(n, n % 5 === 0 ? 'failed' : 'success');
      await orchestrationTable().put({ ...runKey(record.runId), ...record });
      await orchestrationTable().put({
        ...listingKey('etl', record.startedAt, record.runId),
        ...listingOf(record),
      });
    }
    await orchestrationTable().put({
      ...taskKey('etl--manual--25', 'a'),
      task: 'a',
      status: 'success',
      attempt: 1,
      execution: 'x',
      startedAt: '2026-01-01T00:00:26.000Z',
      endedAt: '2026-01-01T00:00:30.000Z',
      durationMs: 4000,
      result: { status: 'success', out: { n: 1 } },
    });
    await orchestrationTable().put({
      ...taskKey('etl--manual--25', 'b'),
      task: 'b',
      status: 'failed',
      attempt: 2,
      execution: 'x',
      startedAt: '2026-01-01T00:00:33.000Z',
      endedAt: '2026-01-01T00:00:35.000Z',
      durationMs: 2000,
      error: { name: 'States.Timeout', message: 'too slow' },
    });
  }, 60_000);
  afterAll(async () => {
    await aws.stop();
    await viewers.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  const ask = async (path: string, init?: RequestInit, where = aws) => fetch(`${where.url}${path}`, init);
  const get = async (path: string) => (await ask(`/console/api${path}`)).json() as Promise<never>;
  const act = async (body: unknown, headers: Readonly<Record<string, string>> = {}, where = aws) =>
    ask(
      '/console/api/act',
      {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-millrace-console': '1', ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      },
      where,
    );

  it('lists pipelines with their next run, figures and load faults', async () => {
    await setPaused('etl', true, { by: 'bob', why: 'holidays', at: '2026-01-02T00:00:00.000Z' });
    expect(await get('/pipelines')).toMatchObject({
      pipelines: [
        {
          id: 'etl',
          schedule: 'Every hour',
          deployed: true,
          paused: true,
          pausedBy: 'bob',
          pausedWhy: 'holidays',
          nextRun: null,
          successRate: 0.8,
          medianMs: 60_000,
        },
      ],
      faults: [{ file: 'pipelines/x.ts', line: 3, hint: 'Mend it.' }],
    });
    await setPaused('etl', false, { by: 'bob', at: '2026-01-03T00:00:00.000Z' });
    const { pipelines } = (await get('/pipelines')) as {
      pipelines: { nextRun: string; recent: { runId: string }[] }[];
    };
    expect(Date.parse(pipelines[0]?.nextRun ?? '') - Date.now()).toBeLessThanOrEqual(3_600_000);
    expect(pipelines[0]?.recent.at(-1)?.runId).toBe('etl--manual--25');
  });

  it('goes through runs page by page, each run once, also with a filter', async () => {
    const all = async (query: string) => {
      const found: string[] = [];
      let cursor = '';
      for (;;) {
        const page = (await get(`/runs?limit=7&${query}${cursor}`)) as {
          runs: { runId: string }[];
          next: string | null;
        };
        found.push(...page.runs.map(({ runId }) => runId));
        if (page.next === null) return found;
        cursor = `&cursor=${encodeURIComponent(page.next)}`;
      }
    };
    expect(await all('')).toEqual(Array.from({ length: 25 }, (_, i) => `etl--manual--${25 - i}`));
    expect(await all('pipeline=etl&status=failed')).toEqual(
      [25, 20, 15, 10, 5].map((n) => `etl--manual--${n}`),
    );
    expect(await all('text=--1')).toHaveLength(11);
  });

  it('tells what happened in a run and to a task, with a remedy', async () => {
    expect(await get('/runs/etl--manual--25')).toMatchObject({
      status: 'failed',
      params: { n: 25 },
      tasks: [
        { id: 'a', status: 'success', waitedMs: 1000, critical: true },
        {
          id: 'b',
          status: 'failed',
          attempt: 2,
          waitedMs: 3000,
          critical: true,
          error: { name: 'States.Timeout' },
        },
      ],
    });
    expect(await get('/runs/etl--manual--25/task?task=b')).toMatchObject({
      state: { status: 'failed' },
      remedy: expect.stringContaining('more time') as string,
      attempts: [],
    });
    expect(await get('/runs/etl--manual--25/rerun?task=a')).toMatchObject({
      cleared: ['a', 'b'],
      tasks: [{ action: 'run' }, { action: 'run' }],
    });
    expect(await get('/pipelines/etl/grid?limit=2')).toMatchObject({
      runs: [
        { tasks: {} },
        { tasks: { a: { status: 'success', ms: 4000 }, b: { status: 'failed', attempt: 2 } } },
      ],
    });
  });

  it('answers what is the same with 304, and what is wrong with a text and a remedy', async () => {
    const first = await ask('/console/api/runs?limit=3');
    const etag = first.headers.get('etag') ?? '';
    expect(etag).not.toBe('');
    expect((await ask('/console/api/runs?limit=3', { headers: { 'if-none-match': etag } })).status).toBe(304);
    const faults: [string, number, string][] = [
      ['/runs/none', 404, "There is no run 'none'"],
      ['/pipelines/none', 404, "There is no pipeline 'none'"],
      ['/runs?limit=0', 400, 'limit is 0'],
      ['/runs/etl--manual--25/task', 400, "no 'task'"],
      ['/nothing', 404, 'Nothing is served'],
      ['/models/none', 404, 'not found'],
      ['/compare', 400, '0 runs'],
      ['/runs/%E0%A4%A', 400, 'encoded'],
    ];
    for (const [path, status, message] of faults) {
      const answer = await ask(`/console/api${path}`);
      const { error } = (await answer.json()) as { error: { message: string; remedy: string } };
      expect({ path, status: answer.status, message: error.message }).toEqual({
        path,
        status,
        message: expect.stringContaining(message) as string,
      });
      expect(error.remedy).not.toBe('');
    }
  });

  it('searches runs by the grammar of MLflow and refuses what that refuses', async () => {
    const experiment = await createExperiment('found');
    const runId = 'a'.repeat(32);
    await createRun({
      runId,
      experimentId: experiment.id,
      runName: 'one',
      startTime: 1,
      tags: { team: 'x' },
    });
    const search = async (filter: string) =>
      ask(`/console/api/experiments/${experiment.id}?filter=${encodeURIComponent(filter)}`);
    expect(await (await search("tags.team = 'x'")).json()).toMatchObject({
      runs: [{ runId, name: 'one' }],
      more: false,
    });
    expect(await (await search("tags.team = 'y'")).json()).toMatchObject({ runs: [] });
    expect((await search('tags.team ~ 3')).status).toBe(400);
  });

  it('tells which version of a model answers which share of requests', async () => {
    const state = {
      endpoint: 'scoring',
      model: 'risk',
      rev: 2,
      stable: '1',
      previous: [],
      candidate: {
        version: '2',
        strategy: { kind: 'canary', percent: 20, seconds: 3600 },
        shiftingSince: new Date().toISOString(),
      },
      logShare: 1,
      updatedAt: '2026-01-01T00:00:00.000Z',
    };
    await orchestrationTable().put({ ...endpointKey('scoring'), ...state });
    await orchestrationTable().put({ ...endpointListKey('scoring'), endpoint: 'scoring' });
    expect(await get('/models/risk/endpoints')).toMatchObject({
      endpoints: [
        {
          endpoint: 'scoring',
          traffic: [
            { version: '1', role: 'stable', share: 0.8 },
            { version: '2', role: 'candidate', share: 0.2 },
          ],
        },
      ],
    });
    expect(await get('/models/other/endpoints')).toEqual({ endpoints: [] });
  });

  it('lets reports be read and nothing else of the bucket', async () => {
    for (const key of ['artifacts/1/x', 'reports/../raw/x', 'reports/none.html'])
      expect((await ask(`/console/api/report?key=${encodeURIComponent(key)}`)).status).toBeGreaterThanOrEqual(
        400,
      );
    for (const path of ['../../secret', '/etc/passwd', '..%2fx'])
      expect(
        (await ask(`/console/api/tracked/${'a'.repeat(32)}/preview?path=${encodeURIComponent(path)}`)).status,
      ).toBe(400);
  });

  describe('security', () => {
    it('every answer has a strict policy', async () => {
      for (const path of [
        '/console',
        '/console/runs/x',
        '/console/api/session',
        '/console/api/nothing',
        '/console/assets/none.js',
      ]) {
        const { headers } = await ask(path);
        const policy = headers.get('content-security-policy') ?? '';
        expect(policy).toContain("default-src 'none'");
        expect(policy).toContain("script-src 'self';");
        expect(policy).toContain("frame-ancestors 'none'");
        expect(policy).not.toMatch(/unsafe/);
        expect(headers.get('x-content-type-options')).toBe('nosniff');
      }
      const page = await (await ask('/console')).text();
      expect(page).not.toMatch(/<script(?![^>]*\bsrc=)|<style|\son\w+=|style=/);
    });

    it('an action needs the header of the console, JSON, and no other origin', async () => {
      const body = { action: 'pause', pipeline: 'etl' };
      const statuses = await Promise.all(
        [
          { 'x-millrace-console': '', origin: 'http://evil.example' },
          { origin: 'null' },
          { origin: 'http://127.0.0.1:1' },
          { 'sec-fetch-site': 'cross-site' },
          { 'content-type': 'text/plain' },
        ].map(async (headers) => (await act(body, headers)).status),
      );
      expect(statuses).toEqual([403, 403, 403, 403, 400]);
      const bare = await ask('/console/api/act', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      expect(bare.status).toBe(403);
      // What a form of another page can send goes to none of this.
      const form = await ask('/console/api/act', {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: 'action=pause',
      });
      expect(form.status).toBeGreaterThanOrEqual(400);
      const preflight = await ask('/console/api/act', {
        method: 'OPTIONS',
        headers: { origin: 'http://evil.example', 'access-control-request-headers': 'x-millrace-console' },
      });
      expect(preflight.headers.get('access-control-allow-origin')).toBeNull();
    });

    it('another name for the port is refused', async () => {
      const status = await new Promise<number | undefined>((resolve, reject) => {
        const { port } = new URL(aws.url);
        const asked = httpRequest(
          { port, host: '127.0.0.1', path: '/console', headers: { host: `evil.example:${port}` } },
          (answer) => {
            answer.resume();
            resolve(answer.statusCode);
          },
        );
        asked.on('error', reject);
        asked.end();
      });
      expect(status).toBe(403);
    });

    it('nobody says in whose name they act, and unknown actions are refused', async () => {
      for (const body of [
        { action: 'pause', pipeline: 'etl', by: 'root' },
        { action: 'sweep' },
        { action: 'start', pipeline: 'etl', params: [] },
        { action: 'promote', name: 'm', version: '1', alias: 'champion', reason: '  ' },
        'no json',
      ])
        expect((await act(body)).status).toBe(400);
      expect((await ask('/console/api/act')).status).toBe(405);
    });

    it('viewers change nothing', async () => {
      const answer = await act({ action: 'pause', pipeline: 'etl' }, {}, viewers);
      expect({ status: answer.status, text: await answer.text() }).toEqual({
        status: 403,
        text: expect.stringContaining('read-only') as string,
      });
      expect(await (await ask('/console/api/session', {}, viewers)).json()).toMatchObject({
        readOnly: true,
        by: 'ann',
      });
    });
  });

  it('tells what changed, and only that, while somebody looks', async () => {
    const stop = new AbortController();
    const response = await ask('/console/api/live?path=%2Fruns%2Fetl--manual--24&path=%2Fsession', {
      signal: stop.signal,
    });
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    const reader = response.body?.getReader();
    const decoder = new TextDecoder();
    let text = '';
    const until = async (holds: () => boolean) => {
      while (!holds()) text += decoder.decode((await reader?.read())?.value);
    };
    const events = () => text.split('\n\n').filter((event) => event.startsWith('data: '));
    await until(() => events().length >= 2);
    await orchestrationTable().put({ ...runKey('etl--manual--24'), ...run(24, 'aborted') });
    await until(() => text.includes('aborted'));
    stop.abort();
    expect(events()).toHaveLength(3);
    expect(events().at(-1)).toContain('"path":"/runs/etl--manual--24"');
  });

  it('the page and its files come compressed, with names that follow from their content', async () => {
    const page = await (await ask('/console')).text();
    const [, script = ''] =
      /<script type="module" src="(\/console\/assets\/main-[A-Z0-9]+\.js)">/.exec(page) ?? [];
    const file = await ask(script, { headers: { 'accept-encoding': 'gzip' } });
    expect([file.status, file.headers.get('content-encoding')]).toEqual([200, 'gzip']);
    expect(file.headers.get('cache-control')).toContain('immutable');
    expect(Number(file.headers.get('content-length'))).toBeLessThan(100_000);
  });
});
