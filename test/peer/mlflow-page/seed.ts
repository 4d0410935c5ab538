/** What the page shows: an experiment with two runs, curves, files, and a model with two versions. By the API alone. */

/** One call of the API. @throws Error with the answer, when it is no success */
export type Call = <T>(path: string, body?: object, method?: string) => Promise<T>;

export interface Seeded {
  readonly experiment: string;
  readonly runs: readonly [string, string];
  readonly names: readonly [string, string];
  readonly model: string;
  /** Name and text of a file of the first run. */
  readonly file: { readonly path: string; readonly text: string };
}

/** @param url where the API answers below `/api/2.0/mlflow/` */
export function caller(url: string): Call {
  return async <T>(path: string, body?: object, method = body === undefined ? 'GET' : 'POST'): Promise<T> => {
    const answer = await fetch(`${url}/api/2.0/mlflow/${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${text}`);
    return JSON.parse(text) as T;
  };
}

const STEPS = 20;

export async function seed(url: string): Promise<Seeded> {
  const call = caller(url);
  const { experiment_id } = await call<{ experiment_id: string }>('experiments/create', {
    name: 'wheat-prices',
  });
  const names = ['brave-wheat', 'calm-barley'] as const;
  const start = async (name: string, rate: number): Promise<string> => {
    const { run } = await call<{ run: { info: { run_id: string } } }>('runs/create', {
      experiment_id,
      run_name: name,
      start_time: Date.now(),
    });
    const { run_id } = run.info;
    await call('runs/log-batch', {
      run_id,
      params: [{ key: 'rate', value: String(rate) }],
      metrics: Array.from({ length: STEPS }, (_, step) => ({
        key: 'loss',
        value: Math.exp(-rate * step),
        step,
        timestamp: Date.now(),
      })),
    });
    const files = {
      'notes.txt': `the rate was ${rate}`,
      'model/MLmodel': `artifact_path: model\nrun_id: ${run_id}\nflavors:\n  python_function:\n    loader_module: x\n`,
    };
    for (const [file, body] of Object.entries(files)) {
      const place = `${url}/api/2.0/mlflow-artifacts/artifacts/${experiment_id}/${run_id}/${file}`;
      const answer = await fetch(place, { method: 'PUT', body });
      if (!answer.ok) throw new Error(`${file}: ${answer.status}`);
    }
    await call('runs/update', { run_id, status: 'FINISHED', end_time: Date.now() });
    return run_id;
  };
  const runs = [await start(names[0], 0.1), await start(names[1], 0.2)] as const;
  const model = 'price-model';
  await call('registered-models/create', { name: model });
  for (const run_id of runs)
    await call('model-versions/create', { name: model, source: `runs:/${run_id}/model`, run_id });
  await call('registered-models/alias', { name: model, alias: 'champion', version: '1' });
  return {
    experiment: experiment_id,
    runs,
    names,
    model,
    file: { path: 'notes.txt', text: 'the rate was 0.1' },
  };
}
