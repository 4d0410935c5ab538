/** What is asked for by which path. Paths are stable: the page's links and `live` name them. */
import type { HttpRequest, HttpResponse } from '../mlflow/http';
import type { SessionView } from './views/session';
import { ConsoleError } from './console-error';
import type { ConsoleOptions } from './console-options';
import { listArtifacts, previewArtifact, readArtifact, readReport } from './queries/artifacts';
import { readCosts, readRunCost } from './queries/costs';
import { readDatasetChecks } from './queries/dataset-checks';
import { readDataset, readDatasets } from './queries/datasets';
import { deployedMachines } from './queries/deployed';
import { endpointsOf } from './queries/endpoints';
import { readFeatureGroups } from './queries/feature-groups';
import { readGates } from './queries/gates';
import { readModelCard } from './queries/model-card';
import { lineageView, readModel, readModels, readVersionLineage } from './queries/models';
import { readOperations } from './queries/operations';
import { readPlan } from './queries/plan';
import { findPipeline, readDefinition, readGrid, readPipeline } from './queries/pipeline';
import { listPipelines, pipelinesOf } from './queries/pipelines';
import { previewRerun } from './queries/rerun-preview';
import { readRunDetail } from './queries/run';
import { runPage } from './queries/run-rows';
import { readSettings } from './queries/settings';
import { readLogs, readTaskDetail } from './queries/task';
import { readWatch } from './queries/watch';
import { compareRuns, readExperiments, readTracked, searchRuns } from './queries/tracked-runs';

type Query = HttpRequest['query'];
type Ask = (names: readonly string[], query: Query, options: ConsoleOptions) => Promise<object>;

interface Route {
  readonly pattern: RegExp;
  readonly ask: Ask;
}

const MAX_PAGE = 500;
const MAX_COMPARED = 20;

/** Answers in JSON. */
const ROUTES: readonly Route[] = [
  route('/session', async (_names, _query, options) => session(options)),
  route('/pipelines', async (_names, _query, options) => listPipelines(options)),
  route('/pipelines/*', async ([id = ''], _query, options) => readPipeline(options, id)),
  route('/pipelines/*/grid', async ([id = ''], query, options) =>
    readGrid(options, id, whole(query, 'limit', 25, 100)),
  ),
  route('/pipelines/*/definition', async ([id = ''], _query, options) => readDefinition(options, id)),
  route('/pipelines/*/costs', async ([id = ''], query, options) =>
    readCosts(options, id, whole(query, 'limit', 30, 100)),
  ),
  route('/pipelines/*/plan', async ([id = ''], _query, options) => readPlan(options, id)),
  route('/runs', async (_names, query, options) => {
    const pipeline = one(query, 'pipeline');
    if (pipeline !== undefined) await findPipeline(options, pipeline);
    const ids =
      pipeline === undefined
        ? pipelinesOf(await options.catalogue(), await deployedMachines()).map(({ id }) => id)
        : [pipeline];
    const filter = { status: one(query, 'status'), trigger: one(query, 'trigger'), text: one(query, 'text') };
    return runPage(ids, filter, whole(query, 'limit', 100, MAX_PAGE), one(query, 'cursor'));
  }),
  route('/runs/*', async ([id = ''], _query, options) => readRunDetail(options, id)),
  route('/runs/*/cost', async ([id = ''], _query, options) => readRunCost(options, id)),
  route('/runs/*/task', async ([id = ''], query, options) =>
    readTaskDetail(options, id, required(query, 'task')),
  ),
  route('/runs/*/logs', async ([id = ''], query, options) =>
    readLogs(options, id, one(query, 'task'), one(query, 'contains')),
  ),
  route('/runs/*/rerun', async ([id = ''], query, options) => {
    const { graph, tasks } = await readRunDetail(options, id);
    const statuses = new Map(tasks.map((task) => [task.id, task.status]));
    return previewRerun(
      graph.tasks.map((task) => ({ ...task, status: statuses.get(task.id) ?? 'waiting' })),
      query['task'] ?? [],
      one(query, 'only') === 'true',
    );
  }),
  route('/experiments', async () => ({ experiments: await readExperiments() })),
  route('/experiments/*', async ([id = ''], query) =>
    searchRuns(id, {
      filter: one(query, 'filter') ?? '',
      orderBy: query['order'] ?? [],
      limit: whole(query, 'limit', 200, 2000),
    }),
  ),
  route('/compare', async (_names, query) => {
    const runs = query['run'] ?? [];
    if (runs.length < 1 || runs.length > MAX_COMPARED)
      throw new ConsoleError(
        400,
        `${runs.length} runs are to be compared.`,
        `Choose 1 to ${MAX_COMPARED} of them.`,
      );
    return compareRuns(runs);
  }),
  route('/tracked/*', async ([id = '']) => readTracked(id)),
  route('/tracked/*/artifacts', async ([id = ''], query) => listArtifacts(id, one(query, 'path') ?? '')),
  route('/tracked/*/preview', async ([id = ''], query) => previewArtifact(id, required(query, 'path'))),
  route('/models', async () => ({ models: await readModels() })),
  route('/models/*', async ([name = '']) => readModel(name)),
  route('/models/*/endpoints', async ([name = ''], _query, options) => ({
    endpoints: await endpointsOf(name, options.now()),
  })),
  route('/models/*/gates', async ([name = ''], query, { by }) =>
    readGates(name, {
      version: required(query, 'version'),
      alias: one(query, 'alias'),
      stage: one(query, 'stage'),
      by,
    }),
  ),
  route('/models/*/watch', async ([name = ''], _query, options) => readWatch(options, name)),
  route('/models/*/card', async ([name = ''], query) => readModelCard(name, required(query, 'version'))),
  route('/models/*/lineage', async ([name = ''], query) =>
    readVersionLineage(name, required(query, 'version')),
  ),
  route('/datasets', async (_names, _query, { now }) => ({ datasets: await readDatasets(now()) })),
  route('/datasets/*/checks', async ([name = ''], _query, options) => ({
    checks: await readDatasetChecks(options, name),
  })),
  route('/feature-groups', async () => ({ groups: await readFeatureGroups() })),
  route('/datasets/*', async ([name = ''], _query, { now }) => readDataset(name, now())),
  route('/lineage/dataset/*', async ([id = '']) => lineageView({ kind: 'dataset', id })),
  route('/settings', async () => readSettings()),
  route('/operations', async (_names, _query, options) => readOperations(options)),
];

/** Answers with bytes of files. */
const FILES: readonly {
  readonly pattern: RegExp;
  readonly read: (names: readonly string[], query: Query) => Promise<HttpResponse>;
}[] = [
  {
    pattern: patternOf('/tracked/*/file'),
    read: async ([id = ''], query) => readArtifact(id, required(query, 'path')),
  },
  { pattern: patternOf('/report'), read: async (_names, query) => readReport(required(query, 'key')) },
];

/** `undefined` when nothing is served under the path. @param path behind `/console/api`, not decoded */
export function jsonRoute(
  path: string,
): ((query: Query, options: ConsoleOptions) => Promise<object>) | undefined {
  for (const { pattern, ask } of ROUTES) {
    const match = pattern.exec(path);
    if (match !== null) return async (query, options) => ask(decoded(match), query, options);
  }
  return undefined;
}

export function fileRoute(path: string): ((query: Query) => Promise<HttpResponse>) | undefined {
  for (const { pattern, read } of FILES) {
    const match = pattern.exec(path);
    if (match !== null) return async (query) => read(decoded(match), query);
  }
  return undefined;
}

async function session({ catalogue, where, by, readOnly }: ConsoleOptions): Promise<SessionView> {
  const { stage, code } = await catalogue();
  return { stage, where, by, readOnly, commit: `${code.commit}${code.dirty ? ' (with changes)' : ''}` };
}

function route(path: string, ask: Ask): Route {
  return { pattern: patternOf(path), ask };
}

/** `*` stands for one part of a path. */
function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replaceAll('*', '([^/]+)')}$`);
}

function decoded(match: RegExpExecArray): string[] {
  return match.slice(1).map((part) => {
    try {
      return decodeURIComponent(part);
    } catch (cause) {
      throw new ConsoleError(400, `The path has a part that is no encoded text: ${part}.`, 'Encode it.', {
        cause,
      });
    }
  });
}

function one(query: Query, name: string): string | undefined {
  const value = query[name]?.[0];
  return value === undefined || value === '' ? undefined : value;
}

function required(query: Query, name: string): string {
  const value = one(query, name);
  if (value !== undefined) return value;
  throw new ConsoleError(400, `The query has no '${name}'.`, `Add ?${name}=….`);
}

function whole(query: Query, name: string, byDefault: number, max: number): number {
  const text = one(query, name);
  if (text === undefined) return byDefault;
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= max) return value;
  throw new ConsoleError(400, `${name} is ${text}.`, `Give a whole number from 1 to ${max}.`);
}
