import { startLocalAws, type LocalAws } from '../support/local-aws';
import { get, post, refusal, request } from '../support/mlflow-api';

let aws: LocalAws;
beforeAll(async () => {
  aws = await startLocalAws();
});
afterAll(async () => aws.stop());

const create = async (name: string, more: object = {}): Promise<string> =>
  (await post('experiments/create', { name, ...more })).experiment_id as string;
const read = async (id: string) => (await get(`experiments/get?experiment_id=${id}`)).json.experiment;

describe('an experiment', () => {
  it('is made with a number, a place for artifacts and its tags', async () => {
    const id = await create('made', { tags: [{ key: 'team', value: 'risk' }] });
    expect(id).toMatch(/^\d+$/);
    const { creation_time, last_update_time, ...rest } = await read(id);
    expect(rest).toEqual({
      experiment_id: id,
      name: 'made',
      artifact_location: `mlflow-artifacts:/${id}`,
      lifecycle_stage: 'active',
      tags: [{ key: 'team', value: 'risk' }],
    });
    expect(creation_time).toBe(last_update_time);
    expect(Math.abs(creation_time - Date.now())).toBeLessThan(60_000);
    expect((await get('experiments/get-by-name?experiment_name=made')).json.experiment.experiment_id).toBe(
      id,
    );
  });

  it('may have another place for artifacts', async () => {
    const id = await create('elsewhere', { artifact_location: 's3://other/place/' });
    expect((await read(id)).artifact_location).toBe('s3://other/place');
    for (const artifact_location of ['runs:/x', 's3://b/../c', 's3://b/%2e%2e/c', 's3://b?x'])
      expect((await request('POST', 'experiments/create', { name: 'bad', artifact_location })).status).toBe(
        400,
      );
  });

  it('0 is always there', async () => {
    expect(await read('0')).toMatchObject({ name: 'Default', lifecycle_stage: 'active' });
    expect((await get('experiments/get-by-name?experiment_name=Default')).status).toBe(200);
  });

  it('keeps its name to itself, also when it is deleted', async () => {
    const id = await create('taken');
    await post('experiments/delete', { experiment_id: id });
    expect(await request('POST', 'experiments/create', { name: 'taken' })).toMatchObject({
      status: 400,
      ...refusal('RESOURCE_ALREADY_EXISTS', 'Experiment(name=taken) already exists.'),
    });
  });

  it('is renamed; the old name is free then, a taken one is refused', async () => {
    const id = await create('before');
    await post('experiments/update', { experiment_id: id, new_name: 'after' });
    expect((await read(id)).name).toBe('after');
    await create('before');
    expect(
      await request('POST', 'experiments/update', { experiment_id: id, new_name: 'before' }),
    ).toMatchObject(refusal('RESOURCE_ALREADY_EXISTS', /before/));
    await post('experiments/delete', { experiment_id: id });
    expect(
      await request('POST', 'experiments/update', { experiment_id: id, new_name: 'third' }),
    ).toMatchObject(refusal('INVALID_STATE', /Cannot rename a non-active experiment/));
  });

  it('is deleted and restored with all its runs', async () => {
    const experiment_id = await create('with runs');
    const run = async () => (await post('runs/create', { experiment_id })).run.info.run_id as string;
    const stage = async (id: string) => (await get(`runs/get?run_id=${id}`)).json.run.info.lifecycle_stage;
    const [a, b] = [await run(), await run()];
    await post('runs/delete', { run_id: a });
    await post('experiments/delete', { experiment_id });
    expect(await Promise.all([stage(a), stage(b)])).toEqual(['deleted', 'deleted']);
    expect(await request('POST', 'runs/create', { experiment_id })).toMatchObject({ status: 400 });
    expect(await request('POST', 'runs/set-tag', { run_id: b, key: 'k', value: 'v' })).toMatchObject(
      refusal('INVALID_PARAMETER_VALUE', /must be in the 'active' state/),
    );
    expect(await request('POST', 'experiments/delete', { experiment_id })).toMatchObject({ status: 404 });
    await post('experiments/restore', { experiment_id });
    expect(await Promise.all([stage(a), stage(b)])).toEqual(['active', 'active']);
    expect(await request('POST', 'experiments/restore', { experiment_id })).toMatchObject({ status: 404 });
    await post('runs/set-tag', { run_id: a, key: 'k', value: 'v' });
    await post('runs/delete', { run_id: a });
    expect(await stage(a)).toBe('deleted');
  });

  it('has tags that are set and taken back', async () => {
    const experiment_id = await create('tagged');
    for (const key of ['constructor', 'a b/c'])
      await post('experiments/set-experiment-tag', { experiment_id, key, value: '1' });
    expect((await read(experiment_id)).tags).toEqual(
      expect.arrayContaining([
        { key: 'a b/c', value: '1' },
        { key: 'constructor', value: '1' },
      ]),
    );
    await post('experiments/delete-experiment-tag', { experiment_id, key: 'a b/c' });
    expect((await read(experiment_id)).tags).toHaveLength(1);
    expect(
      await request('POST', 'experiments/delete-experiment-tag', { experiment_id, key: 'a b/c' }),
    ).toMatchObject(refusal('RESOURCE_DOES_NOT_EXIST', /No tag with name: a b\/c/));
    expect(
      await request('POST', 'experiments/set-experiment-tag', {
        experiment_id,
        key: 'k',
        value: 'x'.repeat(5001),
      }),
    ).toMatchObject(
      refusal('INVALID_PARAMETER_VALUE', "'value' exceeds the maximum length of 5000 characters"),
    );
  });

  it('unknown is not found', async () => {
    expect(await get('experiments/get?experiment_id=4711')).toMatchObject({
      status: 404,
      ...refusal('RESOURCE_DOES_NOT_EXIST', 'No Experiment with id=4711 exists'),
    });
    expect(await get('experiments/get-by-name?experiment_name=none')).toMatchObject({
      status: 404,
      ...refusal('RESOURCE_DOES_NOT_EXIST', "Could not find experiment with name 'none'"),
    });
    expect(await get('experiments/get')).toMatchObject(
      refusal('INVALID_PARAMETER_VALUE', /^Missing value for required parameter 'experiment_id'/),
    );
  });
});

describe('the search of experiments', () => {
  const search = async (body: object) => {
    const { experiments = [], next_page_token } = await post('experiments/search', body);
    return { names: experiments.map((e: { name: string }) => e.name) as string[], next_page_token };
  };
  const filter = "name LIKE 's-%'";
  beforeAll(async () => {
    for (const name of ['s-a', 's-b', 's-c']) await create(name, { tags: [{ key: 'n', value: name }] });
    await post('experiments/delete', { experiment_id: await create('s-gone') });
  });

  it('gives the newest first, without deleted ones', async () => {
    expect((await search({ filter })).names).toEqual(['s-c', 's-b', 's-a']);
    expect((await search({ filter, view_type: 'DELETED_ONLY' })).names).toEqual(['s-gone']);
    expect((await search({ filter, view_type: 'ALL' })).names).toHaveLength(4);
  });

  it('filters, sorts and goes from page to page', async () => {
    expect((await search({ filter: `${filter} AND tags.n != 's-b'`, order_by: ['name'] })).names).toEqual([
      's-a',
      's-c',
    ]);
    const first = await search({ filter, order_by: ['name ASC'], max_results: 2 });
    expect(first.names).toEqual(['s-a', 's-b']);
    const second = await search({
      filter,
      order_by: ['name ASC'],
      max_results: 2,
      page_token: first.next_page_token,
    });
    expect(second).toEqual({ names: ['s-c'], next_page_token: undefined });
  });

  it('answers GET as well', async () => {
    const answer = await get(
      `experiments/search?filter=${encodeURIComponent(filter)}&order_by=name&max_results=1`,
    );
    expect(answer.json.experiments).toMatchObject([{ name: 's-a' }]);
  });
});
