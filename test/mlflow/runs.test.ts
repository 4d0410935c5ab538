import { startLocalAws, type LocalAws } from '../support/local-aws';
import { get, post, refusal, request } from '../support/mlflow-api';

let aws: LocalAws;
let experiment_id: string;
beforeAll(async () => {
  aws = await startLocalAws();
  experiment_id = (await post('experiments/create', { name: 'runs' })).experiment_id as string;
});
afterAll(async () => aws.stop());

const create = async (more: object = {}): Promise<string> =>
  (await post('runs/create', { experiment_id, ...more })).run.info.run_id as string;
const read = async (id: string) => (await get(`runs/get?run_id=${id}`)).json.run;
const record = (list: { key: string; value: unknown }[] = []) =>
  Object.fromEntries(list.map(({ key, value }) => [key, value]));

describe('a run', () => {
  it('is made with what the client says about it', async () => {
    const { run } = await post('runs/create', {
      experiment_id,
      user_id: 'ann',
      run_name: 'first',
      start_time: '1700000000000',
      tags: [{ key: 'a', value: 'b' }],
    });
    const id = run.info.run_id as string;
    expect(id).toMatch(/^[0-9a-f]{32}$/);
    expect(run).toEqual({
      info: {
        run_id: id,
        run_uuid: id,
        run_name: 'first',
        experiment_id,
        user_id: 'ann',
        status: 'RUNNING',
        start_time: 1_700_000_000_000,
        artifact_uri: `mlflow-artifacts:/${experiment_id}/${id}`,
        lifecycle_stage: 'active',
      },
      data: {
        tags: [
          { key: 'a', value: 'b' },
          { key: 'mlflow.runName', value: 'first' },
        ],
      },
      inputs: {},
      outputs: {},
    });
    expect(await read(id)).toEqual(run);
  });

  it('has a name of its own when none is given', async () => {
    expect((await read(await create())).info.run_name).toMatch(/^[a-z]+-[a-z]+-\d{1,3}$/);
    expect(
      (await read(await create({ tags: [{ key: 'mlflow.runName', value: 'tag' }] }))).info.run_name,
    ).toBe('tag');
    expect(
      await request('POST', 'runs/create', {
        experiment_id,
        run_name: 'a',
        tags: [{ key: 'mlflow.runName', value: 'b' }],
      }),
    ).toMatchObject(refusal('INVALID_PARAMETER_VALUE', /different values/));
  });

  it('is renamed by update and by its tag, and ends', async () => {
    const run_id = await create({ run_name: 'one' });
    const { run_info } = await post('runs/update', {
      run_id,
      run_name: 'two',
      status: 'FINISHED',
      end_time: 5,
    });
    expect(run_info).toMatchObject({ run_name: 'two', status: 'FINISHED', end_time: 5 });
    expect(record((await read(run_id)).data.tags)['mlflow.runName']).toBe('two');
    await post('runs/set-tag', { run_uuid: run_id, key: 'mlflow.runName', value: 'three' });
    expect((await read(run_id)).info).toMatchObject({ run_name: 'three', status: 'FINISHED' });
  });

  it('is deleted and restored; a deleted one takes nothing', async () => {
    const run_id = await create();
    for (const _again of [1, 2]) await post('runs/delete', { run_id });
    expect((await read(run_id)).info.lifecycle_stage).toBe('deleted');
    const message = `The run ${run_id} must be in the 'active' state. Current state is deleted.`;
    for (const [path, body] of [
      ['runs/update', { status: 'FINISHED' }],
      ['runs/log-parameter', { key: 'p', value: '1' }],
      ['runs/log-metric', { key: 'm', value: 1, timestamp: 1 }],
      ['runs/set-tag', { key: 't', value: '1' }],
      ['runs/log-batch', { metrics: [{ key: 'm', value: 1, timestamp: 1 }] }],
    ] as const)
      expect(await request('POST', path, { run_id, ...body })).toMatchObject(
        refusal('INVALID_PARAMETER_VALUE', message),
      );
    expect((await get(`metrics/get-history?run_id=${run_id}&metric_key=m`)).json).toEqual({});
    for (const _again of [1, 2]) await post('runs/restore', { run_id });
    expect((await read(run_id)).info.lifecycle_stage).toBe('active');
  });

  it('unknown is not found', async () => {
    expect(await get('runs/get?run_id=none')).toMatchObject({
      status: 404,
      ...refusal('RESOURCE_DOES_NOT_EXIST', 'Run with id=none not found'),
    });
  });
});

describe('params', () => {
  it('are logged once; the same value again is fine, another one is refused', async () => {
    const run_id = await create();
    const log = (value: string) => request('POST', 'runs/log-parameter', { run_id, key: 'p', value });
    expect((await log('1')).json).toEqual({});
    expect((await log('1')).status).toBe(200);
    expect(await log('2')).toMatchObject(
      refusal(
        'INVALID_PARAMETER_VALUE',
        `Changing param values is not allowed. Param with key='p' was already logged with value='1' for run ID='${run_id}'. Attempted logging new value '2'.`,
      ),
    );
  });

  it('may be empty, may be long, and may be called like members of every object', async () => {
    const run_id = await create();
    for (const [key, value] of [
      ['empty', ''],
      ['long', 'x'.repeat(7000)],
      ['constructor', 'c'],
      ['toString', 't'],
    ] as const)
      await post('runs/log-parameter', { run_id, key, value });
    const params = record((await read(run_id)).data.params);
    expect(params).toEqual({ empty: '', long: 'x'.repeat(6000), constructor: 'c', toString: 't' });
  });

  it.each(['a/../b', '/a', '..', './a', 'a//b', 'a#b', '__proto__', 'x'.repeat(251)])(
    'refuse the key %s',
    async (key) => {
      const answer = await request('POST', 'runs/log-parameter', { run_id: await create(), key, value: '1' });
      expect(answer).toMatchObject(
        refusal('INVALID_PARAMETER_VALUE', /parameter 'key' supplied|exceeds the maximum length of 250/),
      );
    },
  );
});

describe('a batch', () => {
  it('logs metrics, params and tags at once', async () => {
    const run_id = await create();
    await post('runs/log-batch', {
      run_id,
      metrics: [
        { key: 'm', value: 1, timestamp: 1, step: 0 },
        { key: 'm', value: 2, timestamp: 1, step: 1 },
        { key: 'n', value: 'NaN', timestamp: '1' },
      ],
      params: [{ key: 'p', value: 'v' }],
      tags: [{ key: 't', value: 'v' }],
    });
    const { data } = await read(run_id);
    expect(data.metrics).toEqual([
      { key: 'm', value: 2, timestamp: 1, step: 1 },
      { key: 'n', value: 'NaN', timestamp: 1, step: 0 },
    ]);
    expect(record(data.params)).toEqual({ p: 'v' });
    expect(record(data.tags)).toMatchObject({ t: 'v' });
  });

  it('writes nothing when a param is refused', async () => {
    const run_id = await create();
    await post('runs/log-parameter', { run_id, key: 'p', value: '1' });
    const answer = await request('POST', 'runs/log-batch', {
      run_id,
      metrics: [{ key: 'm', value: 1, timestamp: 1 }],
      params: [{ key: 'p', value: '2' }],
      tags: [{ key: 't', value: 'v' }],
    });
    expect(answer.json.message).toMatch(/^Changing param values is not allowed/);
    expect((await read(run_id)).data.metrics).toBeUndefined();
    expect((await get(`metrics/get-history?run_id=${run_id}&metric_key=m`)).json).toEqual({});
  });

  const many = (count: number, one: (i: number) => object) =>
    Array.from({ length: count }, (_one, i) => one(i));
  const metric = (i: number) => ({ key: `m${i}`, value: i, timestamp: 1 });
  const param = (i: number) => ({ key: `p${i}`, value: '1' });

  it.each([
    [
      { metrics: many(1001, metric) },
      /^A batch logging request can contain at most 1000 metrics. Got 1001 metrics./,
    ],
    [
      { params: many(101, param) },
      /^A batch logging request can contain at most 100 params. Got 101 params./,
    ],
    [{ tags: many(101, param) }, /^A batch logging request can contain at most 100 tags./],
    [
      { metrics: many(950, metric), params: many(51, param) },
      /^A batch logging request can contain at most 1000 metrics, params, and tags. Got 1001/,
    ],
    [{ params: [param(1), param(1)] }, /^Duplicate parameter keys have been submitted: \['p1'\]/],
    [{ metrics: [{ key: 'a' }] }, /^Missing value for required parameter 'metrics\[0\].value'/],
    [
      { metrics: [metric(1), { key: '../a', value: 1, timestamp: 1 }] },
      /for parameter 'metrics\[1\].name' supplied/,
    ],
    [
      { metrics: [{ key: 'a', value: true, timestamp: 1 }] },
      /^Invalid value true for parameter 'metrics\[0\].value'/,
    ],
    [{ metrics: [{ key: 'a', value: 1, timestamp: -1 }] }, /nonnegative long/],
    [{ params: [{ key: '/x', value: '1' }] }, /for parameter 'params\[0\].key' supplied/],
    [
      { tags: [{ key: 'ok', value: '1' }, { value: '1' }] },
      /^Missing value for required parameter 'tags\[1\].key'/,
    ],
    [{ params: 'x' }, /^Invalid value "x" for parameter 'params' supplied/],
  ])('is refused: case %#', async (body, message) => {
    const answer = await request('POST', 'runs/log-batch', { run_id: await create(), ...body });
    expect(answer).toMatchObject({ status: 400, ...refusal('INVALID_PARAMETER_VALUE', message) });
  });
});

describe('tags', () => {
  it('are replaced, cut when too long, and taken back', async () => {
    const run_id = await create();
    for (const value of ['1', 'x'.repeat(9000)]) await post('runs/set-tag', { run_id, key: 't', value });
    expect(record((await read(run_id)).data.tags)['t']).toHaveLength(8000);
    await post('runs/delete-tag', { run_id, key: 't' });
    expect(await request('POST', 'runs/delete-tag', { run_id, key: 't' })).toMatchObject({
      status: 404,
      ...refusal('RESOURCE_DOES_NOT_EXIST', `No tag with name: t in run with id ${run_id}`),
    });
  });
});

describe('inputs and outputs', () => {
  const dataset = { name: 'train', digest: 'd1', source_type: 'local', source: '{"uri":"x"}', schema: '{}' };

  it('are kept with the run, once', async () => {
    const run_id = await create();
    const tags = [{ key: 'mlflow.data.context', value: 'training' }];
    for (const _again of [1, 2]) {
      await post('runs/log-inputs', { run_id, datasets: [{ tags, dataset }], models: [{ model_id: 'm-1' }] });
      await post('runs/outputs', { run_id, models: [{ model_id: 'm-2', step: 3 }] });
    }
    const run = await read(run_id);
    expect(run.inputs).toEqual({ dataset_inputs: [{ tags, dataset }], model_inputs: [{ model_id: 'm-1' }] });
    expect(run.outputs).toEqual({ model_outputs: [{ model_id: 'm-2', step: 3 }] });
    expect(
      (await post('experiments/search-datasets', { experiment_ids: [experiment_id] })).dataset_summaries,
    ).toEqual([{ experiment_id, name: 'train', digest: 'd1', context: 'training' }]);
  });

  it('are refused in the words of MLflow', async () => {
    const run_id = await create();
    expect(
      await request('POST', 'runs/log-inputs', { run_id, datasets: [{ dataset: { name: 'x' } }] }),
    ).toMatchObject(refusal('INVALID_PARAMETER_VALUE', /parameter 'datasets\[0\].dataset.digest'/));
    expect(
      await request('POST', 'runs/log-inputs', {
        run_id,
        datasets: [{ dataset: { ...dataset, digest: 'x'.repeat(37) } }],
      }),
    ).toMatchObject(refusal('INVALID_PARAMETER_VALUE', /maximum length of 36/));
  });
});

describe('log-model of old clients', () => {
  it('collects the models of a run in a tag', async () => {
    const run_id = await create();
    const model = {
      artifact_path: 'm',
      flavors: { sklearn: { config: 1, v: 2 } },
      utc_time_created: 'now',
      run_id,
    };
    for (const _again of [1, 2]) await post('runs/log-model', { run_id, model_json: JSON.stringify(model) });
    const tag = record((await read(run_id)).data.tags)['mlflow.log-model.history'] as string;
    expect(JSON.parse(tag)).toEqual([{ ...model, flavors: { sklearn: { v: 2 } } }]);
    expect(await request('POST', 'runs/log-model', { run_id, model_json: '{' })).toMatchObject({
      status: 400,
    });
    expect(await request('POST', 'runs/log-model', { run_id, model_json: '{}' })).toMatchObject({
      status: 400,
    });
  });
});
