/** Datasets as tasks wrote and runs read them: versions by content, who made and who used them. */
import { listExperiments } from '../../tracking/experiments';
import type { RunDocument } from '../../tracking/run-document';
import { runsNewestFirst } from '../../tracking/run-pages';
import type { DatasetRow, DatasetView } from '../views/models';
import { notFound } from '../console-error';
import { shapeOf, storedDatasets } from './stored-datasets';

/** Runs that are gone through, newest first. */
const MAX_RUNS = 5000;
/** Files of a dataset that are shown, and whose columns are read from themselves. */
const MAX_FILES = 50;
const MAX_READ = 10;

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

export async function readDatasets(now: Date): Promise<DatasetRow[]> {
  const [used, stored] = await Promise.all([uses(), storedDatasets(now.getTime())]);
  const names = new Set([...used, ...stored].map(({ name }) => name));
  return [...names].sort().map((name) => {
    const users = used.filter((use) => use.name === name);
    const files = stored.filter((file) => file.name === name);
    const [lastUse] = users;
    const [newest] = files;
    return {
      name,
      versions: new Set([...users, ...files].map(({ id }) => id)).size,
      latest: newest?.uri ?? lastUse?.source ?? '',
      digest: newest?.id ?? lastUse?.id ?? '',
      usedAt: lastUse === undefined ? null : new Date(lastUse.run.startTime).toISOString(),
      madeAt: newest?.writtenAt ?? null,
      experiments: [...new Set(users.map(({ experiment }) => experiment))],
    };
  });
}

/** @throws ConsoleError 404 */
export async function readDataset(name: string, now: Date): Promise<DatasetView> {
  const [used, stored] = await Promise.all([uses(), storedDatasets(now.getTime())]);
  const mine = used.filter((use) => use.name === name);
  const files = stored.filter((file) => file.name === name).slice(0, MAX_FILES);
  if (mine.length === 0 && files.length === 0)
    throw notFound(`dataset '${name}'`, 'Datasets are known once a task has written or a run has read them.');
  const ids = [...new Set([...files, ...mine].map(({ id }) => id))];
  return {
    name,
    versions: await Promise.all(
      ids.map(async (id, i) => {
        const all = mine.filter((use) => use.id === id);
        const file = files.find((one) => one.id === id);
        const source = file?.uri ?? all[0]?.source ?? '';
        const said = {
          rows: all.find(({ rows }) => rows !== null)?.rows ?? null,
          columns: all.find(({ columns }) => columns.length > 0)?.columns ?? [],
        };
        const read = file !== undefined && said.columns.length === 0 && i < MAX_READ;
        return {
          id,
          source,
          ...(read ? await shapeOf(file) : said),
          madeBy: makerOf(source),
          madeAt: file?.writtenAt ?? null,
          users: all.map(({ run, experiment, context }) => ({
            runId: run.runId,
            name: run.runName,
            experiment,
            context,
            startedAt: new Date(run.startTime).toISOString(),
          })),
        };
      }),
    ),
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
