/**
 * A request ends behind each of its calls to DynamoDB once, as when the answer is lost or the function is killed, which is also
 * before the next one; the client repeats it, as MLflow's clients do. What is then stored is what would be without the failure.
 */
import { documentClient } from '../../lib/aws/clients/dynamodb';
import { failingAt } from '../support/failing-calls';
import { startLocalAws, type LocalAws } from '../support/local-aws';
import { get, post, request, type Answer } from '../support/mlflow-api';

let aws: LocalAws;
beforeAll(async () => {
  aws = await startLocalAws();
});
afterAll(async () => aws.stop());

interface Scene {
  readonly method?: string;
  readonly path: string;
  readonly body: object;
  /** What is stored, in an order of its own. */
  readonly stored: () => Promise<unknown>;
}
type Case = readonly [name: string, prepare: (id: string) => Promise<Scene>];

const run = async (id: string): Promise<string> => {
  const { experiment_id } = await post('experiments/create', { name: `e ${id}` });
  const made = await post('runs/create', { experiment_id, run_name: 'r', start_time: 1 });
  return made.run.info.run_id as string;
};
const stored = async (run_id: string) => {
  const { info, data } = (await get(`runs/get?run_id=${run_id}`)).json.run;
  const history = (await get(`metrics/get-history?run_id=${run_id}&metric_key=m`)).json.metrics;
  return { stage: info.lifecycle_stage, status: info.status, name: info.run_name, data, history };
};
const ofRun =
  (path: string, body: object, before: (run_id: string) => Promise<unknown> = async () => {}) =>
  async (id: string): Promise<Scene> => {
    const run_id = await run(id);
    await before(run_id);
    return { path: `runs/${path}`, body: { run_id, ...body }, stored: async () => stored(run_id) };
  };

/** A model with two versions, of which the first is the champion in Production. */
const model = async (id: string): Promise<string> => {
  const name = `m ${id}`;
  await post('registered-models/create', { name });
  for (const source of ['s3://b/1', 's3://b/2']) await post('model-versions/create', { name, source });
  await post('registered-models/alias', { name, alias: 'champion', version: '1' });
  await post('model-versions/transition-stage', {
    name,
    version: '1',
    stage: 'Production',
    archive_existing_versions: false,
  });
  return name;
};
const registry = async (...names: readonly string[]) => {
  const found: unknown[] = [];
  for (const [i, name] of names.entries()) {
    const { status, json } = await get(`registered-models/get?name=${encodeURIComponent(name)}`);
    const filter = encodeURIComponent(`name = '${name}'`);
    const { model_versions = [] } = (await get(`model-versions/search?filter=${filter}`)).json;
    found.push({
      i,
      status,
      aliases: json.registered_model?.aliases,
      tags: json.registered_model?.tags,
      description: json.registered_model?.description,
      versions: model_versions.map(
        ({ version, current_stage, aliases, source, tags }: Record<string, unknown>) => ({
          version,
          current_stage,
          aliases,
          source,
          tags,
        }),
      ),
    });
  }
  return found;
};
const ofModel =
  (path: string, body: object, method = 'POST') =>
  async (id: string): Promise<Scene> => {
    const name = await model(id);
    return { method, path, body: { name, ...body }, stored: async () => registry(name) };
  };

const batch = {
  metrics: [
    { key: 'm', value: 1, timestamp: 1, step: 1 },
    { key: 'm', value: 2, timestamp: 2, step: 2 },
  ],
  params: [{ key: 'p', value: 'v' }],
  tags: [{ key: 't', value: 'v' }],
};

const CASES: readonly Case[] = [
  ['log-metric', ofRun('log-metric', { key: 'm', value: 1, timestamp: 1, step: 1 })],
  ['log-parameter', ofRun('log-parameter', { key: 'p', value: 'v' })],
  ['log-batch', ofRun('log-batch', batch)],
  ['set-tag', ofRun('set-tag', { key: 'mlflow.runName', value: 'other' })],
  ['update', ofRun('update', { status: 'FINISHED', end_time: 5, run_name: 'new' })],
  ['delete', ofRun('delete', {})],
  ['restore', ofRun('restore', {}, async (run_id) => post('runs/delete', { run_id }))],
  [
    'an experiment deleted',
    async (id) => {
      const run_id = await run(id);
      const { experiment_id } = (await get(`runs/get?run_id=${run_id}`)).json.run.info;
      return { path: 'experiments/delete', body: { experiment_id }, stored: async () => stored(run_id) };
    },
  ],
  ['an alias', ofModel('registered-models/alias', { alias: 'champion', version: '2' })],
  ['an alias taken away', ofModel('registered-models/alias', { alias: 'champion' }, 'DELETE')],
  [
    'a stage',
    ofModel('model-versions/transition-stage', {
      version: '2',
      stage: 'Production',
      archive_existing_versions: true,
    }),
  ],
  ['a tag of a version', ofModel('model-versions/set-tag', { version: '1', key: 'k', value: 'v' })],
  ['a description', ofModel('registered-models/update', { description: 'new' }, 'PATCH')],
  [
    'a model with another name',
    async (id) => {
      const name = await model(id);
      const new_name = `n ${id}`;
      return {
        path: 'registered-models/rename',
        body: { name, new_name },
        stored: async () => registry(name, new_name),
      };
    },
  ],
  ['a version deleted', ofModel('model-versions/delete', { version: '1' }, 'DELETE')],
  ['a model deleted', ofModel('registered-models/delete', {}, 'DELETE')],
];

let made = 0;
/** What is stored after a request of which one call fails; `undefined` when it has fewer calls. */
async function after(prepare: Case[1], call: number) {
  const { method = 'POST', path, body, stored: read } = await prepare(String(made++));
  const failing = failingAt(documentClient(), call);
  let answer: Answer;
  try {
    answer = await request(method, path, body);
  } finally {
    failing.stop();
  }
  const reached = failing.count() >= call;
  // Clients repeat 5xx alone.
  if (answer.status >= 500) answer = await request(method, path, body);
  return { reached, status: answer.status, code: answer.json?.error_code as unknown, found: await read() };
}

it.each(CASES)('%s', async (_name, prepare) => {
  const untroubled = await after(prepare, Infinity);
  expect(untroubled.status).toBe(200);
  for (let call = 1; ; call++) {
    const { reached, status, code, found } = await after(prepare, call);
    if (!reached) {
      expect(call).toBeGreaterThan(1);
      break;
    }
    expect(found).toEqual(untroubled.found);
    // Whose request was done before, and cannot be twice, is told that it is done.
    if (status !== 200) expect([call, code]).toEqual([call, 'RESOURCE_DOES_NOT_EXIST']);
  }
});
