/** What a store has, as MLflow's API tells it, without what another store may call otherwise: ids of experiments, places. */
import { createHash } from 'node:crypto';

// Answers of all shapes.
// oxlint-disable-next-line typescript/no-explicit-any
type Json = any;

/** Texts by what they are about, e.g. `run 1a2b… of wheat: metrics`. */
export async function contentOf(uri: string): Promise<ReadonlyMap<string, string>> {
  const content = new Map<string, string>();
  const note = (what: string, value: unknown) => content.set(what, JSON.stringify(value));
  const { experiments } = await post(uri, 'experiments/search', { view_type: 'ALL', max_results: 1000 });
  for (const { experiment_id, name, lifecycle_stage, tags } of experiments as Json[]) {
    note(`experiment ${name}`, [lifecycle_stage, sorted(tags)]);
    const { runs = [] } = await post(uri, 'runs/search', {
      experiment_ids: [experiment_id],
      run_view_type: 'ALL',
      max_results: 1000,
    });
    for (const run of runs as Json[]) await noteRun(uri, name, run, note);
  }
  const { registered_models = [] } = await get(uri, 'registered-models/search?max_results=1000');
  for (const { name, description, tags, aliases } of registered_models as Json[]) {
    note(`model ${name}`, [description ?? '', sorted(tags), sorted(aliases)]);
    const filter = encodeURIComponent(`name = '${name}'`);
    const { model_versions = [] } = await get(uri, `model-versions/search?filter=${filter}`);
    for (const version of model_versions as Json[])
      note(`version ${version.version} of ${name}`, [
        version.current_stage,
        version.description ?? '',
        version.run_id,
        version.creation_timestamp,
        // Aliases are the model's: 2.22 leaves them out of this search.
        sorted(version.tags),
      ]);
  }
  return content;
}

async function noteRun(
  uri: string,
  experiment: string,
  { info, data, inputs }: Json,
  note: (what: string, value: unknown) => void,
): Promise<void> {
  const run = `run ${info.run_name} (${info.run_id}) of ${experiment}`;
  note(run, [info.status, info.start_time, info.end_time, info.lifecycle_stage, info.user_id]);
  note(`${run}: params`, sorted(data.params));
  // It names places of the server's own.
  note(`${run}: tags`, sorted(data.tags?.filter(({ key }: Json) => key !== 'mlflow.log-model.history')));
  note(`${run}: metrics`, sorted(data.metrics?.map(pointOf)));
  note(`${run}: inputs`, sorted(inputs?.dataset_inputs?.map(({ tags, dataset }: Json) => [tags, dataset])));
  for (const { key } of (data.metrics ?? []) as Json[]) {
    const points: Json[] = [];
    let token = '';
    do {
      const page: Json = await get(
        uri,
        `metrics/get-history?run_id=${info.run_id}&metric_key=${encodeURIComponent(key)}&max_results=1000${token}`,
      );
      points.push(...(page.metrics ?? []).map(pointOf));
      token =
        page.next_page_token === undefined ? '' : `&page_token=${encodeURIComponent(page.next_page_token)}`;
    } while (token !== '');
    note(`${run}: history of ${key}`, points);
  }
  for (const path of await filesOf(uri, info.run_id, ''))
    note(`${run}: file ${path}`, await hashOf(uri, info.run_id, path));
}

/** MLflow's database keeps the largest double for infinity; here it stays. */
function pointOf({ key, value, timestamp, step }: Json): unknown {
  const number = Number(value);
  const kept = Math.abs(number) >= Number.MAX_VALUE ? Math.sign(number) * Number.MAX_VALUE : number;
  return [key, String(kept), timestamp, step ?? 0];
}

async function filesOf(uri: string, run: string, folder: string): Promise<string[]> {
  const { files = [] } = await get(uri, `artifacts/list?run_id=${run}&path=${encodeURIComponent(folder)}`);
  const found = await Promise.all(
    (files as Json[]).map(async ({ path, is_dir }) =>
      is_dir === true ? filesOf(uri, run, path) : [path as string],
    ),
  );
  return found.flat().sort();
}

async function hashOf(uri: string, run: string, path: string): Promise<string> {
  const answer = await fetch(`${uri}/get-artifact?run_id=${run}&path=${encodeURIComponent(path)}`);
  if (!answer.ok) throw new Error(`${uri}: ${path}: ${answer.status}`);
  return createHash('sha256')
    .update(Buffer.from(await answer.arrayBuffer()))
    .digest('hex');
}

function sorted(list: readonly unknown[] | undefined): string[] {
  return (list ?? []).map((one) => JSON.stringify(one)).sort();
}

const get = async (uri: string, path: string): Promise<Json> =>
  answered(await fetch(`${uri}/api/2.0/mlflow/${path}`));
const post = async (uri: string, path: string, body: object): Promise<Json> =>
  answered(
    await fetch(`${uri}/api/2.0/mlflow/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }),
  );

async function answered(answer: Response): Promise<Json> {
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${answer.url}: ${answer.status} ${text}`);
  // Python's JSON has numbers that are none.
  return JSON.parse(text.replace(/(?<=[:[,]\s*)(?:NaN|-?Infinity)(?=\s*[,\]}])/g, '"$&"')) as Json;
}
