/** Who may do what: every endpoint at every level, and what is left out of searches. */
import { accessOf, type Access } from '../../../lib/mlflow/access/access';
import { namedCaller } from '../../../lib/mlflow/access/caller';
import { declaredNeed, type Values } from '../../../lib/mlflow/access/needs';
import { permitted } from '../../../lib/mlflow/access/permit';
import { handleRequest } from '../../../lib/mlflow/handle-request';
import { readBytes } from '../../../lib/mlflow/http';
import { queryOf } from '../../../lib/mlflow/query';
import { ENDPOINTS, RAW_ENDPOINTS } from '../../../lib/mlflow/router';
import { PERMISSIONS, readTrackingPermissions } from '../../../lib/model/tracking-permissions';
import { startLocalAws, type LocalAws } from '../../support/local-aws';
import { post } from '../../support/mlflow-api';

let aws: LocalAws;
/** Values that name the guarded experiment, its run, its logged model and the guarded registered model. */
let guarded: Record<string, unknown>;
let open: { experiment_id: string; run_id: string };

const accessTo = (rules: object, caller = 'ann'): Access =>
  accessOf(readTrackingPermissions(JSON.stringify(rules)), namedCaller(caller));

beforeAll(async () => {
  aws = await startLocalAws();
  const { experiment_id } = await post('experiments/create', { name: 'guarded' });
  const { run } = await post('runs/create', { experiment_id });
  const { model } = await post('logged-models', { experiment_id, name: 'net' });
  await post('registered-models/create', { name: 'champion' });
  const source = `models:/${model.info.model_id}`;
  await post('model-versions/create', { name: 'champion', source, model_id: model.info.model_id });
  const other = await post('experiments/create', { name: 'open' });
  const { run: openRun } = await post('runs/create', { experiment_id: other.experiment_id });
  open = { experiment_id: other.experiment_id, run_id: openRun.info.run_id };
  guarded = {
    experiment_id,
    experiment_ids: [experiment_id],
    experiment_name: 'guarded',
    pipeline: 'guarded',
    run_id: run.info.run_id,
    run_ids: [run.info.run_id],
    model_id: model.info.model_id,
    version: '1',
    path: `${experiment_id}/${run.info.run_id}/x.txt`,
  };
});
afterAll(async () => aws.stop());

const all = [...ENDPOINTS, ...RAW_ENDPOINTS].flatMap((endpoint) =>
  [endpoint.method].flat().map((method) => ({ method: String(method), path: endpoint.path })),
);

it.each(all)('$method $path has been thought about', ({ method, path }) => {
  expect(declaredNeed(method, path)).toBeDefined();
});

/** The least permission with which an endpoint lets through, of the experiment or of the model. */
const LEAST: Readonly<Record<string, readonly string[]>> = {
  READ: [
    'GET experiments/get',
    'GET experiments/get-by-name',
    'GET runs/get',
    'GET metrics/get-history',
    'GET metrics/get-history-bulk',
    'GET metrics/get-history-bulk-interval',
    'GET artifacts/list',
    'GET logged-models/{model_id}',
    'GET logged-models/{model_id}/artifacts/directories',
    'GET registered-models/get',
    'GET registered-models/alias',
    'GET registered-models/get-latest-versions',
    'POST registered-models/get-latest-versions',
    'GET model-versions/get',
    'GET model-versions/get-download-uri',
    'GET /get-artifact',
    'GET /model-versions/get-artifact',
    'GET /api/2.0/mlflow/logged-models/{model_id}/artifacts/files',
    'GET /api/2.0/mlflow-artifacts/artifacts',
    'GET /api/2.0/mlflow-artifacts/artifacts/{path...}',
    'GET /api/2.0/mlflow-artifacts/presigned/{path...}',
  ],
  EDIT: [
    'POST experiments/create',
    'POST experiments/set-experiment-tag',
    'POST experiments/delete-experiment-tag',
    'POST runs/create',
    'POST runs/update',
    'POST runs/log-parameter',
    'POST runs/log-metric',
    'POST runs/log-batch',
    'POST runs/log-inputs',
    'POST runs/outputs',
    'POST runs/log-model',
    'POST runs/set-tag',
    'POST runs/delete-tag',
    'POST task-runs/start',
    'POST artifacts/presigned-upload-url',
    'POST /api/2.0/mlflow/upload-artifact',
    'PUT /api/2.0/mlflow-artifacts/artifacts/{path...}',
    'POST /api/2.0/mlflow-artifacts/mpu/create/{path...}',
    'POST /api/2.0/mlflow-artifacts/mpu/complete/{path...}',
    'POST /api/2.0/mlflow-artifacts/mpu/abort/{path...}',
    'POST logged-models',
    'PATCH logged-models/{model_id}',
    'PATCH logged-models/{model_id}/tags',
    'DELETE logged-models/{model_id}/tags/{tag_key}',
    'POST logged-models/{model_id}/params',
    'POST registered-models/create',
    'PATCH registered-models/update',
    'POST registered-models/set-tag',
    'DELETE registered-models/delete-tag',
    'POST registered-models/alias',
    'DELETE registered-models/alias',
    'POST model-versions/create',
    'PATCH model-versions/update',
    'POST model-versions/transition-stage',
    'POST model-versions/set-tag',
    'DELETE model-versions/delete-tag',
  ],
  MANAGE: [
    'POST experiments/update',
    'POST experiments/delete',
    'POST experiments/restore',
    'POST runs/delete',
    'POST runs/restore',
    'DELETE /api/2.0/mlflow-artifacts/artifacts/{path...}',
    'DELETE logged-models/{model_id}',
    'POST registered-models/rename',
    'DELETE registered-models/delete',
    'DELETE model-versions/delete',
  ],
};

it.each(Object.entries(LEAST).flatMap(([least, paths]) => paths.map((path) => [path, least] as const)))(
  '%s needs %s',
  async (key, least) => {
    const [method = '', path = ''] = key.split(' ');
    const name = /experiments/.test(path) ? 'guarded' : 'champion';
    const values: Values = {
      ...guarded,
      name,
      ...(path.includes('experiments/update') ? { new_name: 'x' } : {}),
    };
    const lets = async (permission: string) =>
      permitted(
        // Files of a version may be read with its model too: the model says nothing here.
        accessTo({
          default: permission,
          models:
            /artifacts/.test(path) && !/model-versions/.test(path)
              ? [{ name: '*', permission: 'NONE', to: ['*'] }]
              : [],
        }),
        { method, path },
        values,
      ).then(
        () => true,
        (error: { code?: string }) => {
          expect(error.code).toBe('PERMISSION_DENIED');
          return false;
        },
      );
    const outcomes = await Promise.all(PERMISSIONS.map(lets));
    expect(PERMISSIONS.filter((_permission, i) => outcomes[i])).toEqual(
      PERMISSIONS.slice(PERMISSIONS.indexOf(least as 'READ')),
    );
  },
);

it('names every endpoint that asks for a permission in the table above', () => {
  const checked = all
    .map(({ method, path }) => ({ key: `${method} ${path}`, need: declaredNeed(method, path) }))
    .filter(({ need }) => need?.kind === 'checked')
    .map(({ key }) => key);
  expect(checked.sort()).toEqual(Object.values(LEAST).flat().sort());
});

it('keeps an endpoint that nobody has thought about for administrators', async () => {
  const unknown = { method: 'POST', path: 'experiments/burn' };
  await expect(permitted(accessTo({ default: 'MANAGE' }), unknown, {})).rejects.toThrow(
    /administrators only/,
  );
  await expect(permitted(accessTo({ admins: ['user:ann'] }), unknown, {})).resolves.toEqual({});
});

describe('a request', () => {
  const RULES = {
    default: 'NONE',
    experiments: [{ name: 'open', permission: 'EDIT', to: ['user:ann'] }],
    models: [],
  };
  const ask = async (method: string, path: string, body?: object, rules: object = RULES) => {
    const [place = '', query = ''] = (path.startsWith('/') ? path : `/api/2.0/mlflow/${path}`).split('?');
    const answer = await handleRequest(
      {
        method,
        path: place,
        query: queryOf(new URLSearchParams(query)),
        headers: {},
        body: Buffer.from(body === undefined ? '' : JSON.stringify(body)),
      },
      { access: accessTo(rules) },
    );
    const text =
      typeof answer.body === 'string' ? answer.body : (await readBytes(answer.body)).toString('utf8');
    // oxlint-disable-next-line typescript/no-explicit-any
    const json: any = answer.headers['content-type'] === 'application/json' ? JSON.parse(text) : undefined;
    return { status: answer.status, json, text };
  };
  const denied = { status: 403, json: { error_code: 'PERMISSION_DENIED' } };

  it('is refused before anything is written, and without telling names', async () => {
    const { experiment_id, run_id } = guarded;
    const answer = await ask('POST', 'runs/log-batch', { run_id, tags: [{ key: 'k', value: 'v' }] });
    expect(answer).toMatchObject(denied);
    expect(answer.json.message).toBe(
      'Permission denied for user:ann. It needs EDIT on the experiment. Who may do what is in the file of permissions of this API.',
    );
    expect(await ask('POST', 'runs/create', { experiment_id })).toMatchObject(denied);
    const run = await post('runs/search', { experiment_ids: [experiment_id] });
    expect(run.runs).toHaveLength(1);
    expect(run.runs[0].data.tags.map(({ key }: { key: string }) => key)).not.toContain('k');
  });

  it('finds only what may be read', async () => {
    const names = async (rules?: object) =>
      (await ask('POST', 'experiments/search', {}, rules)).json.experiments?.map(
        (one: { name: string }) => one.name,
      );
    expect(await names()).toEqual(['open']);
    const page = await ask('POST', 'experiments/search', { max_results: 1 });
    expect(page.json.next_page_token).toBeUndefined();
    const runs = await ask('POST', 'runs/search', {
      experiment_ids: [guarded['experiment_id'], open.experiment_id],
    });
    expect(runs.json.runs.map((run: { info: { run_id: string } }) => run.info.run_id)).toEqual([open.run_id]);
    expect(
      (await ask('POST', 'logged-models/search', { experiment_ids: guarded['experiment_ids'] })).json,
    ).toEqual({});
    expect((await ask('GET', 'registered-models/search')).json).toEqual({});
    expect((await ask('GET', 'model-versions/search')).json).toEqual({});
    expect(
      (await ask('GET', 'model-versions/search', undefined, { default: 'READ' })).json.model_versions,
    ).toHaveLength(1);
  });

  it('by GraphQL is held to the same', async () => {
    const query = `query { mlflowGetRun(input: {runId: "${guarded['run_id'] as string}"}) { run { info { runId } } apiError { code } } }`;
    expect((await ask('POST', '/graphql', { query })).json.data.mlflowGetRun).toEqual({
      run: null,
      apiError: { code: 'PERMISSION_DENIED' },
    });
  });

  it('reads the files of a version with its model alone, and no others of the experiment', async () => {
    const modelId = guarded['model_id'] as string;
    const root = `/api/2.0/mlflow-artifacts/artifacts/${guarded['experiment_id'] as string}`;
    const readers = { default: 'NONE', models: [{ name: 'champion', permission: 'READ', to: ['*'] }] };
    expect((await ask('GET', `${root}/models/${modelId}/artifacts/MLmodel`, undefined, readers)).status).toBe(
      404,
    );
    expect(await ask('GET', `${root}/models/${modelId}`, undefined, readers)).toMatchObject(denied);
    expect(await ask('GET', `${root}/x/y.txt`, undefined, readers)).toMatchObject(denied);
    expect(await ask('PUT', `${root}/models/${modelId}/artifacts/MLmodel`, {}, readers)).toMatchObject(
      denied,
    );
  });

  it('makes no version of files that may not be read, and no experiment over those of another', async () => {
    const editor = {
      default: 'NONE',
      experiments: [{ name: 'open', permission: 'MANAGE', to: ['*'] }],
      models: [{ name: 'mine', permission: 'MANAGE', to: ['*'] }],
    };
    expect((await ask('POST', 'registered-models/create', { name: 'mine' }, editor)).status).toBe(200);
    for (const source of [
      `runs:/${guarded['run_id'] as string}/model`,
      `models:/${guarded['model_id'] as string}`,
      'models:/champion/1',
      `mlflow-artifacts:/${guarded['experiment_id'] as string}/x`,
      `s3://millrace-test-data/artifacts/${guarded['experiment_id'] as string}/x`,
      's3://millrace-test-data/raw/customers.csv',
    ])
      expect(await ask('POST', 'model-versions/create', { name: 'mine', source }, editor)).toMatchObject(
        denied,
      );
    const place = `mlflow-artifacts:/${guarded['experiment_id'] as string}`;
    expect(
      await ask('POST', 'experiments/create', { name: 'open', artifact_location: place }, editor),
    ).toMatchObject(denied);
    const mine = `runs:/${open.run_id}/model`;
    expect((await ask('POST', 'model-versions/create', { name: 'mine', source: mine }, editor)).status).toBe(
      200,
    );
  });

  it('renames nothing into names that others have', async () => {
    const rules = {
      default: 'READ',
      experiments: [{ name: 'open', permission: 'MANAGE', to: ['*'] }],
    };
    const { experiment_id } = open;
    expect(
      await ask('POST', 'experiments/update', { experiment_id, new_name: 'guarded 2' }, rules),
    ).toMatchObject(denied);
  });

  it('logs no metric of a model of another experiment', async () => {
    const metric = { key: 'auc', value: 1, timestamp: 1, model_id: guarded['model_id'] };
    const asked = { run_id: open.run_id, metrics: [metric] };
    expect(await ask('POST', 'runs/log-batch', asked)).toMatchObject(denied);
    expect(await ask('POST', 'runs/log-metric', { run_id: open.run_id, ...metric })).toMatchObject(denied);
  });

  it('about what does not exist is answered as ever', async () => {
    expect((await ask('GET', 'runs/get?run_id=none')).json.error_code).toBe('RESOURCE_DOES_NOT_EXIST');
    expect((await ask('GET', 'experiments/get?experiment_id=4711')).status).toBe(404);
  });
});
