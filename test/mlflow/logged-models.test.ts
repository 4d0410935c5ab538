import { startLocalAws, type LocalAws } from '../support/local-aws';
import { get, post, refusal, request } from '../support/mlflow-api';

let aws: LocalAws;
let experiment_id: string;
beforeAll(async () => {
  aws = await startLocalAws();
  experiment_id = (await post('experiments/create', { name: 'logged' })).experiment_id as string;
});
afterAll(async () => aws.stop());

const create = async (more: object = {}) =>
  (await post('logged-models', { experiment_id, name: 'net', ...more })).model;
const read = async (id: string) => (await get(`logged-models/${id}`)).json.model;

describe('a logged model', () => {
  it('is made pending, with a place for its files, and becomes ready', async () => {
    const made = await create({
      model_type: 'classifier',
      source_run_id: 'r1',
      params: [{ key: 'p', value: '1' }],
      tags: [{ key: 't', value: '2' }],
    });
    const id = made.info.model_id as string;
    expect(id).toMatch(/^m-[0-9a-f]{32}$/);
    expect(made).toMatchObject({
      info: {
        experiment_id,
        name: 'net',
        status: 'LOGGED_MODEL_PENDING',
        artifact_uri: `mlflow-artifacts:/${experiment_id}/models/${id}/artifacts`,
        model_type: 'classifier',
        source_run_id: 'r1',
        tags: [{ key: 't', value: '2' }],
      },
      data: { params: [{ key: 'p', value: '1' }] },
    });
    for (const status of ['LOGGED_MODEL_READY', 2]) await post(`logged-models/${id}`, { status }, 'PATCH');
    expect((await read(id)).info.status).toBe('LOGGED_MODEL_READY');
    expect(await request('PATCH', `logged-models/${id}`, { status: 'LOGGED_MODEL_PENDING' })).toMatchObject({
      status: 400,
    });
  });

  it('takes tags and params, and gives tags back', async () => {
    const id = (await create()).info.model_id as string;
    await post(`logged-models/${id}/tags`, { tags: [{ key: 'a b', value: '1' }] }, 'PATCH');
    await post(`logged-models/${id}/params`, { params: [{ key: 'q', value: '2' }] });
    expect(await read(id)).toMatchObject({
      info: { tags: [{ key: 'a b', value: '1' }] },
      data: { params: [{ key: 'q', value: '2' }] },
    });
    expect((await request('DELETE', `logged-models/${id}/tags/a%20b`)).json).toEqual({});
    expect(await request('DELETE', `logged-models/${id}/tags/a%20b`)).toMatchObject({ status: 404 });
  });

  it('has the metrics that runs log for it, the latest of each', async () => {
    const id = (await create()).info.model_id as string;
    const run_id = (await post('runs/create', { experiment_id })).run.info.run_id as string;
    const metric = { key: 'acc', timestamp: 5, model_id: id, dataset_name: 'd', dataset_digest: 'x' };
    await post('runs/log-batch', {
      run_id,
      metrics: [
        { ...metric, value: 0.5, step: 1 },
        { ...metric, value: 0.4, step: 0 },
      ],
    });
    await post('runs/log-metric', { run_id, key: 'acc', value: 0.9, timestamp: 6, model_id: id });
    expect((await read(id)).data.metrics).toEqual([
      {
        key: 'acc',
        value: 0.5,
        timestamp: 5,
        step: 1,
        model_id: id,
        dataset_name: 'd',
        dataset_digest: 'x',
        run_id,
      },
      { key: 'acc', value: 0.9, timestamp: 6, step: 0, model_id: id, run_id },
    ]);
    expect(
      await request('POST', 'runs/log-metric', {
        run_id,
        key: 'm',
        value: 1,
        timestamp: 1,
        model_id: 'm-none',
      }),
    ).toMatchObject({ status: 404 });
  });

  it('is the source of versions, which it names', async () => {
    const made = await create({ source_run_id: 'run-1' });
    const id = made.info.model_id as string;
    await post('registered-models/create', { name: 'from-logged' });
    const { model_version } = await post('model-versions/create', {
      name: 'from-logged',
      source: `models:/${id}`,
    });
    expect(model_version).toMatchObject({ model_id: id, run_id: 'run-1', source: `models:/${id}` });
    expect((await get('model-versions/get-download-uri?name=from-logged&version=1')).json).toEqual({
      artifact_uri: made.info.artifact_uri,
    });
    const tags = (await read(id)).info.tags as { key: string; value: string }[];
    expect(tags).toEqual([{ key: 'mlflow.modelVersions', value: '[{"name":"from-logged","version":1}]' }]);
  });

  it('is gone when it is deleted', async () => {
    const id = (await create()).info.model_id as string;
    expect((await request('DELETE', `logged-models/${id}`)).json).toEqual({});
    expect(await get(`logged-models/${id}`)).toMatchObject({
      status: 404,
      ...refusal('RESOURCE_DOES_NOT_EXIST', `Logged model with ID '${id}' not found.`),
    });
  });

  it.each(['', 'a/b', 'a:b', 'a.b', 'a%b', 'a"b', "a'b"])(
    'is not called %p, or gets another name',
    async (name) => {
      const answer = await request('POST', 'logged-models', { experiment_id, name });
      if (name === '') expect(answer.json.model.info.name).toMatch(/^[a-z]+-[a-z]+-\d+$/);
      else expect(answer).toMatchObject(refusal('INVALID_PARAMETER_VALUE', /^Invalid model name/));
    },
  );
});

describe('the search of logged models', () => {
  let found: (body: object) => Promise<string[]>;
  beforeAll(async () => {
    const experiment = (await post('experiments/create', { name: 'searched' })).experiment_id as string;
    const run_id = (await post('runs/create', { experiment_id: experiment })).run.info.run_id as string;
    for (const [i, name] of ['a', 'b', 'c'].entries()) {
      const { model } = await post('logged-models', {
        experiment_id: experiment,
        name,
        params: [{ key: 'p', value: String(i) }],
      });
      const metric = { key: 'acc', timestamp: 1, model_id: model.info.model_id as string };
      if (i < 2) await post('runs/log-metric', { run_id, ...metric, value: i });
      await post('runs/log-metric', {
        run_id,
        ...metric,
        timestamp: 2,
        value: 10 - i,
        dataset_name: 'test',
        dataset_digest: `d${i}`,
      });
      if (i === 0) await post(`logged-models/${model.info.model_id}`, { status: 2 }, 'PATCH');
    }
    found = async (body) =>
      ((await post('logged-models/search', { experiment_ids: [experiment], ...body })).models ?? []).map(
        (model: { info: { name: string } }) => model.info.name,
      ) as string[];
  });

  it('filters by attributes, params and metrics, also of certain datasets', async () => {
    expect(await found({ order_by: [{ field_name: 'name' }] })).toEqual(['a', 'b', 'c']);
    expect(await found({ filter: "name IN ('a', 'x') AND status = 'READY'" })).toEqual(['a']);
    expect(await found({ filter: "status != 'READY' AND params.p = '1'" })).toEqual(['b']);
    expect(await found({ filter: 'metrics.acc > 8.5', order_by: [{ field_name: 'name' }] })).toEqual([
      'a',
      'b',
    ]);
    expect(await found({ filter: 'metrics.acc < 5', datasets: [{ dataset_name: 'test' }] })).toEqual([]);
    expect(
      await found({ filter: 'metrics.acc > 0', datasets: [{ dataset_name: 'test', dataset_digest: 'd2' }] }),
    ).toEqual(['c']);
  });

  it('sorts by attributes and by metrics of a dataset', async () => {
    const by = (field_name: string, more: object = {}) => found({ order_by: [{ field_name, ...more }] });
    expect(await by('name', { ascending: false })).toEqual(['c', 'b', 'a']);
    expect(await by('metrics.acc', { dataset_name: 'test' })).toEqual(['c', 'b', 'a']);
    expect(
      (await request('POST', 'logged-models/search', { order_by: [{ field_name: 'params.p' }] })).status,
    ).toBe(400);
    expect(
      (
        await request('POST', 'logged-models/search', {
          order_by: [{ field_name: 'name', dataset_digest: 'd' }],
        })
      ).status,
    ).toBe(400);
  });
});
