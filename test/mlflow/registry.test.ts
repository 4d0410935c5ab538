import { setGates } from '../../lib/tracking/gate-records';
import { listEvents } from '../../lib/tracking/registry-events';
import { rollback } from '../../lib/tracking/rollback';
import { startLocalAws, type LocalAws } from '../support/local-aws';
import { get, post, refusal, request } from '../support/mlflow-api';

let aws: LocalAws;
let count = 0;
beforeAll(async () => {
  aws = await startLocalAws();
});
afterAll(async () => aws.stop());

const model = async (more: object = {}): Promise<string> =>
  (await post('registered-models/create', { name: `model-${++count}`, ...more })).registered_model
    .name as string;
const version = async (name: string, more: object = {}) =>
  (await post('model-versions/create', { name, source: 's3://b/m', ...more })).model_version;
const readModel = async (name: string) =>
  (await get(`registered-models/get?name=${name}`)).json.registered_model;
const readVersion = (name: string, number: string | number) =>
  get(`model-versions/get?name=${name}&version=${number}`);

describe('a registered model', () => {
  it('is made, described, tagged and read', async () => {
    const name = await model({ description: 'first', tags: [{ key: 'a', value: 'b' }] });
    expect(await readModel(name)).toMatchObject({
      name,
      description: 'first',
      tags: [{ key: 'a', value: 'b' }],
    });
    await post('registered-models/update', { name, description: 'second' }, 'PATCH');
    await post('registered-models/set-tag', { name, key: 'c', value: 'd' });
    for (const _again of [1, 2]) await post('registered-models/delete-tag', { name, key: 'a' }, 'DELETE');
    const read = await readModel(name);
    expect(read).toMatchObject({ description: 'second', tags: [{ key: 'c', value: 'd' }] });
    expect(read.last_updated_timestamp).toBeGreaterThanOrEqual(read.creation_timestamp);
  });

  it('has a name that nobody else has', async () => {
    const name = await model();
    expect(await request('POST', 'registered-models/create', { name })).toMatchObject({
      status: 400,
      ...refusal('RESOURCE_ALREADY_EXISTS', `Registered Model (name=${name}) already exists.`),
    });
    expect(await get('registered-models/get?name=none')).toMatchObject({
      status: 404,
      ...refusal('RESOURCE_DOES_NOT_EXIST', 'Registered Model with name=none not found'),
    });
    for (const bad of ['', ' ', 'a/b', 'a:b', '..', 'x'.repeat(257)])
      expect((await request('POST', 'registered-models/create', { name: bad })).json.error_code).toBe(
        'INVALID_PARAMETER_VALUE',
      );
  });

  it('is renamed with its versions and aliases', async () => {
    const [name, other] = [await model(), await model()];
    await version(name, { description: 'kept' });
    await post('registered-models/alias', { name, alias: 'champion', version: '1' });
    expect(await request('POST', 'registered-models/rename', { name, new_name: other })).toMatchObject(
      refusal('RESOURCE_ALREADY_EXISTS', /already exists/),
    );
    const new_name = `${name}-renamed`;
    await post('registered-models/rename', { name, new_name });
    expect((await readVersion(new_name, 1)).json.model_version).toMatchObject({
      name: new_name,
      description: 'kept',
      aliases: ['champion'],
    });
    expect((await readVersion(name, 1)).status).toBe(404);
    expect((await get(`model-versions/search?filter=name='${new_name}'`)).json.model_versions).toHaveLength(
      1,
    );
    await post('registered-models/create', { name });
  });

  it('is deleted with all that belongs to it; its name is free then', async () => {
    const name = await model();
    await version(name);
    await post('registered-models/alias', { name, alias: 'champion', version: '1' });
    await post('registered-models/delete', { name }, 'DELETE');
    expect((await get(`registered-models/get?name=${name}`)).status).toBe(404);
    expect((await request('DELETE', 'registered-models/delete', { name })).status).toBe(404);
    await post('registered-models/create', { name });
    expect((await version(name)).version).toBe('1');
    expect((await readModel(name)).aliases).toBeUndefined();
  });
});

describe('a model version', () => {
  it('counts up from 1, also when many are made at once', async () => {
    const name = await model();
    const made = await Promise.all(Array.from({ length: 8 }, () => version(name)));
    expect(made.map((one) => Number(one.version)).sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it('has what the client says, is described and tagged', async () => {
    const name = await model();
    const run_id = (await post('runs/create', {})).run.info.run_id as string;
    const source = `mlflow-artifacts:/0/${run_id}/model`;
    await version(name, {
      source,
      run_id,
      run_link: 'http://x',
      description: 'd',
      tags: [{ key: 'a', value: 'b' }],
    });
    await post('model-versions/update', { name, version: '1', description: 'e' }, 'PATCH');
    await post('model-versions/set-tag', { name, version: '1', key: 'c', value: 'd' });
    await post('model-versions/delete-tag', { name, version: '1', key: 'a' }, 'DELETE');
    expect((await readVersion(name, 1)).json.model_version).toMatchObject({
      name,
      version: '1',
      source,
      run_id,
      run_link: 'http://x',
      status: 'READY',
      current_stage: 'None',
      description: 'e',
      tags: [{ key: 'c', value: 'd' }],
    });
    expect((await get(`model-versions/get-download-uri?name=${name}&version=1`)).json).toEqual({
      artifact_uri: source,
    });
  });

  it('needs a model, and a source that is no path of the machine', async () => {
    expect(
      await request('POST', 'model-versions/create', { name: 'none', source: 's3://b/m' }),
    ).toMatchObject({
      status: 404,
    });
    const name = await model();
    for (const source of ['/etc', 'file:///etc', 's3://b/../x', 'mlflow-artifacts:/a/%2e%2e/b'])
      expect(await request('POST', 'model-versions/create', { name, source })).toMatchObject(
        refusal('INVALID_PARAMETER_VALUE', /^Invalid/),
      );
  });

  it('is deleted for good: its number is not used again, its aliases go with it', async () => {
    const name = await model();
    await version(name);
    await version(name);
    await post('registered-models/alias', { name, alias: 'champion', version: '2' });
    await post('model-versions/delete', { name, version: '2' }, 'DELETE');
    expect(await readVersion(name, 2)).toMatchObject({
      status: 404,
      ...refusal('RESOURCE_DOES_NOT_EXIST', `Model Version (name=${name}, version=2) not found`),
    });
    expect(await get(`registered-models/alias?name=${name}&alias=champion`)).toMatchObject(
      refusal('INVALID_PARAMETER_VALUE', 'Registered model alias champion not found.'),
    );
    expect((await readModel(name)).latest_versions).toMatchObject([{ version: '1' }]);
    expect((await version(name)).version).toBe('3');
    expect(await readVersion(name, 'x')).toMatchObject(
      refusal('INVALID_PARAMETER_VALUE', "Parameter 'version' must be an integer, got 'x'."),
    );
  });

  it('may be a copy of another one', async () => {
    const [name, copy] = [await model(), await model()];
    await version(name, { source: 's3://b/original' });
    await version(copy, { source: `models:/${name}/1` });
    expect((await get(`model-versions/get-download-uri?name=${copy}&version=1`)).json).toEqual({
      artifact_uri: 's3://b/original',
    });
  });
});

describe('an alias', () => {
  it('moves from version to version, with a record that a rollback understands', async () => {
    const name = await model();
    await version(name);
    await version(name);
    const set = (number: string) =>
      post('registered-models/alias', { name, alias: 'champion', version: number });
    const holder = async () =>
      (await get(`registered-models/alias?name=${name}&alias=champion`)).json.model_version.version as string;
    await set('1');
    await set('2');
    await set('2');
    expect(await holder()).toBe('2');
    expect((await readModel(name)).aliases).toEqual([{ alias: 'champion', version: '2' }]);
    expect((await listEvents(name)).map(({ action }) => action)).toEqual([
      'set-alias',
      'set-alias',
      'create',
      'create',
    ]);
    await rollback({ name, alias: 'champion', reason: 'worse', by: 'ann' });
    expect(await holder()).toBe('1');
    for (const _again of [1, 2]) await post('registered-models/alias', { name, alias: 'champion' }, 'DELETE');
    expect((await readModel(name)).aliases).toBeUndefined();
  });

  it('latest is the newest version; names like versions are reserved', async () => {
    const name = await model();
    await version(name);
    await version(name);
    expect((await get(`registered-models/alias?name=${name}&alias=Latest`)).json.model_version.version).toBe(
      '2',
    );
    for (const alias of ['latest', 'v1', 'V22', 'a b', 'x'.repeat(256)])
      expect(
        (await request('POST', 'registered-models/alias', { name, alias, version: '1' })).json.error_code,
      ).toBe('INVALID_PARAMETER_VALUE');
    expect(
      (await request('POST', 'registered-models/alias', { name, alias: 'a', version: '9' })).status,
    ).toBe(404);
  });
});

describe('stages', () => {
  it('are passed through, others archived on request', async () => {
    const name = await model();
    for (let i = 0; i < 3; i++) await version(name);
    const move = (number: string, stage: string, archive_existing_versions = false) =>
      request('POST', 'model-versions/transition-stage', {
        name,
        version: number,
        stage,
        archive_existing_versions,
      });
    expect((await move('1', 'production')).json.model_version.current_stage).toBe('Production');
    await move('2', 'Production', true);
    const latest = async (stages = '') =>
      (await get(`registered-models/get-latest-versions?name=${name}${stages}`)).json.model_versions.map(
        (one: { version: string; current_stage: string }) => [one.version, one.current_stage],
      ) as [string, string][];
    expect(await latest()).toEqual([
      ['1', 'Archived'],
      ['2', 'Production'],
      ['3', 'None'],
    ]);
    expect(await latest('&stages=production&stages=None')).toEqual([
      ['2', 'Production'],
      ['3', 'None'],
    ]);
    expect(await move('1', 'Nowhere')).toMatchObject(
      refusal('INVALID_PARAMETER_VALUE', /^Invalid Model Version stage: Nowhere/),
    );
    expect(await move('1', 'Archived', true)).toMatchObject({ status: 400 });
    expect((await move('9', 'Staging')).status).toBe(404);
  });
});

describe('searches of the registry', () => {
  it('find models by name and tag', async () => {
    for (const [name, team] of [
      ['find-a', 'x'],
      ['find-b', 'y'],
      ['find-c', 'x'],
    ] as const)
      await post('registered-models/create', { name, tags: [{ key: 'team', value: team }] });
    await post('registered-models/create', {
      name: 'find-prompt',
      tags: [{ key: 'mlflow.prompt.is_prompt', value: 'true' }],
    });
    const found = async (filter: string, more = '') => {
      const { json } = await get(`registered-models/search?filter=${encodeURIComponent(filter)}${more}`);
      return {
        names: (json.registered_models ?? []).map((one: { name: string }) => one.name) as string[],
        next: json.next_page_token as string | undefined,
      };
    };
    expect((await found("name LIKE 'find-%'")).names).toEqual(['find-a', 'find-b', 'find-c']);
    expect((await found("name ILIKE 'FIND-%' AND tags.team = 'x'", '&order_by=name%20DESC')).names).toEqual([
      'find-c',
      'find-a',
    ]);
    expect((await found("tags.`mlflow.prompt.is_prompt` = 'true'")).names).toEqual(['find-prompt']);
    expect(
      (await found("name LIKE 'find-%' AND tags.`mlflow.prompt.is_prompt` != 'true'")).names,
    ).toHaveLength(3);
    const first = await found("name LIKE 'find-%'", '&max_results=2');
    expect((await found("name LIKE 'find-%'", `&max_results=2&page_token=${first.next}`)).names).toEqual([
      'find-c',
    ]);
    expect((await get('registered-models/search?max_results=1001')).status).toBe(400);
  });

  it('find versions by model, run, source, number and tag', async () => {
    const [a, b] = [await model(), await model()];
    const run_id = (await post('runs/create', {})).run.info.run_id as string;
    await version(a, { run_id });
    await version(a, { source: 's3://b/other', tags: [{ key: 'k', value: 'v' }] });
    await version(b, { run_id });
    const found = async (filter: string, more = '') =>
      (
        (await get(`model-versions/search?filter=${encodeURIComponent(filter)}${more}`)).json
          .model_versions ?? []
      ).map((one: { name: string; version: string }) => `${one.name}/${one.version}`) as string[];
    expect(await found(`name = '${a}'`)).toEqual([`${a}/2`, `${a}/1`]);
    expect(await found(`run_id = '${run_id}'`)).toEqual([`${a}/1`, `${b}/1`]);
    expect(await found(`run_id IN ('${run_id}') AND name = '${b}'`)).toEqual([`${b}/1`]);
    expect(await found("source_path LIKE '%other' AND version_number > 1 AND tags.k = 'v'")).toEqual([
      `${a}/2`,
    ]);
    expect(await found(`name='${a}'`, '&order_by=version_number%20ASC')).toEqual([`${a}/1`, `${a}/2`]);
  });
});

describe('gates of a model', () => {
  it('stand before what MLflow moves too, with a refusal that clients do not repeat', async () => {
    const name = await model();
    await version(name);
    await setGates(
      name,
      { aliases: ['champion'], stages: ['Production'], gates: [{ kind: 'metric', metric: 'auc', min: 0.8 }] },
      { by: 'ana', reason: 'policy' },
    );
    const moves = [
      ['registered-models/alias', { name, alias: 'champion', version: '1' }],
      ['model-versions/transition-stage', { name, version: '1', stage: 'production' }],
    ] as const;
    for (const [path, body] of moves)
      expect(await request('POST', path, body)).toMatchObject({
        status: 403,
        ...refusal(
          'PERMISSION_DENIED',
          /1 of 1 gates refuse it\. metric auc is not recorded, asked for is at least 0\.8/,
        ),
      });
    expect((await readModel(name)).aliases).toBeUndefined();
    await post('model-versions/set-tag', { name, version: '1', key: 'test_auc', value: '0.81' });
    for (const [path, body] of moves) await post(path, body);
    expect((await listEvents(name)).slice(0, 2)).toMatchObject([
      { action: 'transition', gates: [{ value: 0.81, passed: true }] },
      { action: 'set-alias', gates: [{ value: 0.81, passed: true }] },
    ]);
  });
});
