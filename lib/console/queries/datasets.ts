/** Datasets as runs read them: versions by content, and who used them. */
import { listExperiments } from '../../tracking/experiments';
import type { RunDocument } from '../../tracking/run-document';
import { runsNewestFirst } from '../../tracking/run-pages';
import type { DatasetRow, DatasetView } from '../views/models';
import { notFound } from '../console-error';

/** Runs that are gone through, newest first. */
const MAX_RUNS = 5000;

interface Use {
  readonly name: string;
  readonly id: string;
  readonly source: string;
  readonly rows: number | null;
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly context: string;
  readonly run: RunDocument;
  readonly experiment: string;
}

export async function readDatasets(): Promise<DatasetRow[]> {
  const byName = new Map<string, Use[]>();
  for (const use of await uses()) byName.set(use.name, [...(byName.get(use.name) ?? []), use]);
  return [...byName]
    .map(([name, all]) => ({
      name,
      versions: new Set(all.map(({ id }) => id)).size,
      latest: all[0]?.source ?? '',
      digest: all[0]?.id ?? '',
      usedAt: new Date(all[0]?.run.startTime ?? 0).toISOString(),
      experiments: [...new Set(all.map(({ experiment }) => experiment))],
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** @throws ConsoleError 404 */
export async function readDataset(name: string): Promise<DatasetView> {
  const mine = (await uses()).filter((use) => use.name === name);
  if (mine.length === 0)
    throw notFound(`dataset '${name}'`, 'Datasets are known once a tracked run has read them.');
  const ids = [...new Set(mine.map(({ id }) => id))];
  return {
    name,
    versions: ids.map((id) => {
      const all = mine.filter((use) => use.id === id);
      return {
        id,
        source: all[0]?.source ?? '',
        rows: all.find(({ rows }) => rows !== null)?.rows ?? null,
        columns: all.find(({ columns }) => columns.length > 0)?.columns ?? [],
        madeBy: makerOf(all[0]?.source ?? ''),
        users: all.map(({ run, experiment, context }) => ({
          runId: run.runId,
          name: run.runName,
          experiment,
          context,
          startedAt: new Date(run.startTime).toISOString(),
        })),
      };
    }),
  };
}

/** `datasets/<pipeline>/<name>/…`, `features/<pipeline>/<run id>/<task>/…` of the data bucket. */
export function makerOf(source: string): DatasetView['versions'][number]['madeBy'] {
  const [, folder, pipeline = '', rest = ''] =
    /^s3:\/\/[^/]+\/(datasets|features)\/([^/]+)\/(.+)\/[^/]*$/.exec(source) ?? [];
  if (folder === undefined) return null;
  if (folder === 'datasets') return { pipeline, runId: null, task: null };
  const [runId = null, ...task] = rest.split('/');
  return { pipeline, runId, task: task.length === 0 ? null : task.join('/') };
}

/** Newest first. */
async function uses(): Promise<Use[]> {
  const experiments = await listExperiments();
  const names = new Map(experiments.map(({ id, name }) => [id, name]));
  const found: Use[] = [];
  let runs = 0;
  for await (const run of runsNewestFirst(experiments)) {
    if (runs++ >= MAX_RUNS) break;
    if (run.lifecycleStage !== 'active') continue;
    found.push(...usesOf(run, names.get(run.experimentId) ?? run.experimentId));
  }
  return found;
}

function usesOf(run: RunDocument, experiment: string): Use[] {
  return [
    ...Object.values(run.inputs).map((input) => ({
      name: input.name,
      id: input.sha256,
      source: input.uri,
      rows: input.rows ?? null,
      columns: input.columns ?? [],
      context: input.context,
      run,
      experiment,
    })),
    ...Object.values(run.datasets ?? {}).map((dataset) => ({
      name: dataset.name,
      id: dataset.digest,
      source: dataset.source,
      rows: null,
      columns: [],
      context: dataset.tags['mlflow.data.context'] ?? '',
      run,
      experiment,
    })),
  ];
}
