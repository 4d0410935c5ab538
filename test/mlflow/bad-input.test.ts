/** What is refused, in which words, and that nothing of it is written. */
import { readFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { mlflowGuest } from '../../lib/mlflow/guest';
import { startLocalAws, type LocalAws } from '../support/local-aws';
import { get, post, refusal, request } from '../support/mlflow-api';

let aws: LocalAws;
let experiment_id: string;
beforeAll(async () => {
  aws = await startLocalAws([mlflowGuest]);
  ({ experiment_id } = await post('experiments/create', { name: 'bad input' }));
});
afterAll(async () => aws.stop());

const newRun = async (): Promise<string> =>
  (await post('runs/create', { experiment_id, run_name: 'r', start_time: 1 })).run.info.run_id as string;
const untouched = async (run_id: string) => {
  const { run } = (await get(`runs/get?run_id=${run_id}`)).json;
  expect(run.data).toEqual({ tags: [{ key: 'mlflow.runName', value: 'r' }] });
  expect((await get(`metrics/get-history?run_id=${run_id}&metric_key=m`)).json).toEqual({});
};
const refused = (message: string | RegExp, code = 'INVALID_PARAMETER_VALUE', status = 400) => ({
  status,
  ...refusal(code, message),
});
const point = { key: 'm', value: 1, timestamp: 1 };
const long = (count: number) => 'x'.repeat(count);
const characters =
  'Names may only contain alphanumerics, underscores (_), dashes (-), periods (.), spaces ( ), colon(:) and slashes (/).';
const asFile = (name: string) =>
  `Names may be treated as files in certain cases, and must not resolve to other names when treated as such. This name would resolve to '${name}'`;

describe('of a run', () => {
  it.each([
    [
      'log-parameter',
      { key: long(251), value: 'v' },
      "'Param key' exceeds the maximum length of 250 characters",
    ],
    [
      'log-metric',
      { ...point, key: long(251) },
      "'Metric name' exceeds the maximum length of 250 characters",
    ],
    ['set-tag', { key: long(251), value: 'v' }, "'key' exceeds the maximum length of 250 characters"],
    [
      'log-parameter',
      { key: 'a?', value: 'v' },
      `Invalid value "a?" for parameter 'key' supplied: ${characters}`,
    ],
    [
      'log-parameter',
      { key: '../a', value: 'v' },
      `Invalid value "../a" for parameter 'key' supplied: ${asFile('../a')}`,
    ],
    [
      'set-tag',
      { key: 'a/../b', value: 'v' },
      `Invalid value "a/../b" for parameter 'key' supplied: ${asFile('b')}`,
    ],
    [
      'log-metric',
      { ...point, key: '/m' },
      `Invalid value "/m" for parameter 'name' supplied: ${asFile('/m')}`,
    ],
    [
      'log-batch',
      { metrics: [point, { ...point, key: '..' }] },
      `Invalid value ".." for parameter 'metrics[1].name' supplied: ${asFile('..')}`,
    ],
    [
      'log-batch',
      {
        metrics: [point],
        params: [
          { key: 'a', value: '1' },
          { key: 'a', value: '1' },
        ],
      },
      "Duplicate parameter keys have been submitted: ['a']. Please ensure the request contains only one param value per param key.",
    ],
    [
      'log-batch',
      {
        metrics: [point],
        tags: [
          { key: 't', value: 'v' },
          { key: '', value: 'v' },
        ],
      },
      "Missing value for required parameter 'tags[1].key'. See the API docs for more information about request parameters.",
    ],
    [
      'log-batch',
      { metrics: Array.from({ length: 1001 }, () => point) },
      'A batch logging request can contain at most 1000 metrics. Got 1001 metrics. Please split up metrics across multiple requests and try again.',
    ],
    [
      'log-batch',
      { metrics: [point], params: [{ key: 'p', value: long(1_000_001) }] },
      /^Batched logging API requests must be at most 1000000 bytes, got a request of size 10\d+\.$/,
    ],
    [
      'log-metric',
      { ...point, timestamp: -1 },
      /^Invalid value -1 for parameter 'timestamp' supplied: metric 'm' \(value=1\.0\)\. Timestamp must be a nonnegative long/,
    ],
    [
      'log-metric',
      { ...point, value: true },
      "Invalid value true for parameter 'value' supplied:  Hint: Value was of type 'bool'. See the API docs for more information about request parameters.",
    ],
  ])('%s %#', async (path, body, message) => {
    const run_id = await newRun();
    expect(await request('POST', `runs/${path}`, { run_id, ...body })).toMatchObject(refused(message));
    await untouched(run_id);
  });

  it('a changed param takes the whole batch with it', async () => {
    const run_id = await newRun();
    await post('runs/log-parameter', { run_id, key: 'p', value: 'a' });
    expect(
      await request('POST', 'runs/log-batch', {
        run_id,
        params: [
          { key: 'q', value: '1' },
          { key: 'p', value: 'b' },
        ],
        metrics: [point],
        tags: [{ key: 't', value: 'v' }],
      }),
    ).toMatchObject(
      refused(
        `Changing param values is not allowed. Param with key='p' was already logged with value='a' for run ID='${run_id}'. Attempted logging new value 'b'.`,
      ),
    );
    const { data } = (await get(`runs/get?run_id=${run_id}`)).json.run;
    expect(data).toEqual({
      params: [{ key: 'p', value: 'a' }],
      tags: [{ key: 'mlflow.runName', value: 'r' }],
    });
    expect((await get(`metrics/get-history?run_id=${run_id}&metric_key=m`)).json).toEqual({});
  });

  it.each([
    ['log-metric', point],
    ['log-parameter', { key: 'p', value: 'v' }],
    ['log-batch', { metrics: [point], params: [{ key: 'p', value: 'v' }] }],
    ['set-tag', { key: 't', value: 'v' }],
    ['delete-tag', { key: 'mlflow.runName' }],
    ['update', { status: 'FINISHED' }],
    ['log-inputs', { datasets: [{ dataset: { name: 'd', digest: '1', source_type: 's', source: 's' } }] }],
    ['outputs', { models: [{ model_id: 'm-1', step: 0 }] }],
    ['log-model', { model_json: '{"artifact_path":"a","flavors":{},"utc_time_created":"","run_id":""}' }],
  ])('that is deleted: %s', async (path, body) => {
    const run_id = await newRun();
    await post('runs/delete', { run_id });
    expect(await request('POST', `runs/${path}`, { run_id, ...body })).toMatchObject(
      refused(`The run ${run_id} must be in the 'active' state. Current state is deleted.`),
    );
    await untouched(run_id);
  });

  it('that would be larger than an item: the batch is refused as a whole, what fits goes on', async () => {
    const run_id = await newRun();
    const params = (from: number, count: number) =>
      Array.from({ length: count }, (_param, i) => ({ key: `p${from + i}`, value: long(6000) }));
    await post('runs/log-batch', { run_id, params: params(0, 60) });
    const full = refused(
      `Run ${run_id} would hold more than 400 KB of params, tags and metric names. Log long values as an artifact.`,
    );
    expect(
      await request('POST', 'runs/log-batch', { run_id, params: params(60, 10), metrics: [point] }),
    ).toMatchObject(full);
    expect((await get(`metrics/get-history?run_id=${run_id}&metric_key=m`)).json).toEqual({});
    expect((await get(`runs/get?run_id=${run_id}`)).json.run.data.params).toHaveLength(60);
    // Of two at once, only the one that is too large is refused.
    const [small, large] = await Promise.all([
      request('POST', 'runs/log-metric', { run_id, ...point }),
      request('POST', 'runs/log-batch', { run_id, params: params(60, 10) }),
    ]);
    expect([small?.status, large?.status]).toEqual([200, 400]);
  });
});

describe('of an experiment and of a model', () => {
  it.each([
    ['experiments/create', { name: long(501) }, "'name' exceeds the maximum length of 500 characters"],
    ['experiments/create', { name: ' ' }, 'Invalid experiment name: it is empty.'],
    [
      'experiments/create',
      { name: 'x', tags: [{ key: 'k', value: long(5001) }] },
      "'value' exceeds the maximum length of 5000 characters",
    ],
    [
      'experiments/create',
      { name: 'x', artifact_location: 's3://b/../x' },
      "Invalid artifact location: 's3://b/../x'",
    ],
    [
      'experiments/create',
      { name: 'x', artifact_location: 'mlflow-artifacts:/%2E%2E/x' },
      "Invalid artifact location: 'mlflow-artifacts:/%2E%2E/x'",
    ],
    [
      'experiments/create',
      { name: 'x', artifact_location: 'runs:/1/x' },
      "Artifact location cannot be a runs:/ URI. Given: 'runs:/1/x'",
    ],
    [
      'registered-models/create',
      { name: 'a/b' },
      "Invalid model name 'a/b'. Names cannot contain '/' or ':'.",
    ],
    ['registered-models/create', { name: long(257) }, "'name' exceeds the maximum length of 256 characters"],
    [
      'registered-models/create',
      { name: 'x', tags: [{ key: 'k', value: long(100_001) }] },
      "'value' exceeds the maximum length of 100000 characters",
    ],
  ])('%s %#', async (path, body, message) => {
    expect(await request('POST', path, body)).toMatchObject(refused(message));
    expect((await get('experiments/get-by-name?experiment_name=x')).status).toBe(404);
    expect((await get('registered-models/get?name=x')).status).toBe(404);
  });

  it('an alias that nobody has, and one that may not be', async () => {
    await post('registered-models/create', { name: 'aliases' });
    await post('model-versions/create', { name: 'aliases', source: 's3://b/m' });
    expect(await get('registered-models/alias?name=aliases&alias=none')).toMatchObject(
      refused('Registered model alias none not found.'),
    );
    const set = async (alias: string, version = '1') =>
      request('POST', 'registered-models/alias', { name: 'aliases', alias, version });
    expect(await set('a b')).toMatchObject(refused(/^Invalid alias name: 'a b'/));
    expect(await set('v3')).toMatchObject(refused("Version alias name 'v3' is reserved."));
    expect(await set('Latest')).toMatchObject(refused("'latest' alias name (case insensitive) is reserved."));
    expect(await set('champion', '7')).toMatchObject(
      refused('Model Version (name=aliases, version=7) not found', 'RESOURCE_DOES_NOT_EXIST', 404),
    );
    expect((await get('registered-models/get?name=aliases')).json.registered_model).not.toHaveProperty(
      'aliases',
    );
  });
});

describe('a page token', () => {
  const other = refused(
    'Invalid page token: it was given for another query. Ask for the first page of this one.',
  );

  it('of another query is refused', async () => {
    const { experiment_id: id } = await post('experiments/create', { name: 'tokens' });
    for (let i = 0; i < 3; i++) await post('runs/create', { experiment_id: id, start_time: i });
    const asked = { experiment_ids: [id], max_results: 1 };
    const { next_page_token: page_token } = await post('runs/search', asked);
    expect((await post('runs/search', { ...asked, max_results: 5, page_token })).runs).toHaveLength(2);
    for (const body of [
      { ...asked, filter: "params.a = '1'" },
      { ...asked, order_by: ['metrics.m'] },
      { ...asked, experiment_ids: [experiment_id] },
      { ...asked, run_view_type: 'ALL' },
    ])
      expect(await request('POST', 'runs/search', { ...body, page_token })).toMatchObject(other);
    expect(await request('POST', 'experiments/search', { page_token })).toMatchObject(other);
    const query = new URLSearchParams({ page_token });
    expect(await get(`registered-models/search?${query.toString()}`)).toMatchObject(other);
  });

  it.each([
    ['zz!', 'Invalid page token, could not base64-decode'],
    ['bm90IGpzb24=', 'Invalid page token, decoded value=bm90IGpzb24='],
    [Buffer.from('{"offset":-1}').toString('base64'), 'Invalid page token, parsed value={"offset":-1}'],
  ])('%s is none', async (page_token, message) => {
    expect(
      await request('POST', 'runs/search', { experiment_ids: [experiment_id], page_token }),
    ).toMatchObject(refused(message));
  });
});

const joined = (rest: string, filter: string) =>
  `Invalid clause(s) in filter string: '${rest}' in '${filter}'. Clauses are joined by AND.`;

it.each([
  ["params.a = '1' OR params.b = '2'", joined("OR params.b = '2'", "params.a = '1' OR params.b = '2'")],
  ["params.a = '1'; DROP TABLE runs", "Invalid clause(s) in filter string: '; DROP TABLE runs'"],
  ["params.a = 'x", "Invalid filter string: the quote at 11 has no end: 'x"],
  ['('.repeat(5000), /^Invalid comparison clause\. Expected 'Identifier' found '\( \( \( /],
  ["params.a = '1' AND ".repeat(5000), "Invalid comparison clause. Expected 'Identifier' found ''"],
  ["params.`a = '1'", "Invalid filter string: the quote at 7 has no end: `a = '1'"],
  ['metrics.m > 1e999999 AND', "Invalid comparison clause. Expected 'Identifier' found ''"],
  ["tags.t LIKE '%' ESCAPE '\\'", joined("ESCAPE '\\'", "tags.t LIKE '%' ESCAPE '\\'")],
  ["params.a = '1' UNION SELECT 1", joined('UNION SELECT 1', "params.a = '1' UNION SELECT 1")],
  ['\u0000', "Invalid clause(s) in filter string: '\u0000'"],
  [
    "run_id IN ('a',)",
    "While parsing a list in the query, expected a non-empty list of quoted strings in parentheses in 'run_id IN ('a',)'",
  ],
])('a filter that is meant to break a parser is refused at once: %#', async (filter, message) => {
  const start = process.cpuUsage();
  expect(await request('POST', 'runs/search', { experiment_ids: [experiment_id], filter })).toMatchObject(
    refused(message),
  );
  const { user } = process.cpuUsage(start);
  expect(user / 1e6).toBeLessThan(2);
});

it('a body that is too long, is no JSON, or is no object', async () => {
  const asked = async (body: string | Uint8Array, type = 'application/json') =>
    request('POST', 'experiments/create', body, { 'content-type': type });
  expect(await asked(new Uint8Array(32_000_001))).toMatchObject(
    refused('The request has 32000001 bytes; the limit is 32000000.', 'BAD_REQUEST'),
  );
  expect(await asked('{"name": "cut')).toMatchObject(refused('The request body is no JSON.', 'BAD_REQUEST'));
  expect(await asked('[1]')).toMatchObject(refused('The request body is no JSON object.', 'BAD_REQUEST'));
  expect(await asked('name=x', 'text/plain')).toMatchObject(
    refused("Bad Request. Content-Type must be one of ['application/json'], but it is 'text/plain'."),
  );
});

it('a filter with a pattern of many signs takes no long time', async () => {
  const run_id = await newRun();
  await post('runs/log-parameter', { run_id, key: 'long', value: 'a'.repeat(6000) });
  const filter = `params.long LIKE '${'%a'.repeat(400)}b'`;
  const start = process.cpuUsage();
  expect(await post('runs/search', { experiment_ids: [experiment_id], filter })).toEqual({});
  expect(process.cpuUsage(start).user / 1e6).toBeLessThan(3);
});

it('an upload that is cut off in the middle leaves no artifact', async () => {
  const path = `/api/2.0/mlflow-artifacts/artifacts/${experiment_id}/cut.bin`;
  await new Promise<void>((resolve) => {
    const upload = httpRequest(`${aws.url}${path}`, {
      method: 'PUT',
      headers: { 'content-length': '5000000', 'content-type': 'application/octet-stream' },
    });
    upload.on('error', () => resolve());
    upload.write(Buffer.alloc(100_000), () => upload.destroy());
  });
  expect((await get(path)).status).toBe(404);
  // One that was there stays as it was.
  await request('PUT', path, new Uint8Array(readFileSync(join(__dirname, 'bad-input.test.ts'))));
  const before = (await get(path)).text;
  await new Promise<void>((resolve) => {
    const upload = httpRequest(`${aws.url}${path}`, {
      method: 'PUT',
      headers: { 'content-length': '5000000' },
    });
    upload.on('error', () => resolve());
    upload.write(Buffer.alloc(100_000), () => upload.destroy());
  });
  expect((await get(path)).text).toBe(before);
});

it('pages show every run once that was there at the beginning, whatever is written and deleted meanwhile', async () => {
  const { experiment_id: id } = await post('experiments/create', { name: 'paging' });
  // Ties in the start: they are ordered by their ids.
  const before = await Promise.all(
    Array.from({ length: 30 }, async (_run, i) => {
      const { run } = await post('runs/create', { experiment_id: id, start_time: 1000 + Math.floor(i / 10) });
      return run.info.run_id as string;
    }),
  );
  const seen: string[] = [];
  let page_token: string | undefined;
  do {
    const page = await post('runs/search', {
      experiment_ids: [id],
      max_results: 4,
      ...(page_token === undefined ? {} : { page_token }),
    });
    seen.push(...page.runs.map((run: { info: { run_id: string } }) => run.info.run_id));
    page_token = page.next_page_token;
    await post('runs/create', { experiment_id: id, start_time: 2000 + seen.length });
    await post('runs/log-metric', {
      run_id: before[0],
      key: 'm',
      value: seen.length,
      timestamp: seen.length,
    });
  } while (page_token !== undefined);
  const old = seen.filter((one) => before.includes(one));
  expect(new Set(seen).size).toBe(seen.length);
  expect(old.sort()).toEqual([...before].sort());
});
