/** Experiments and their runs, searched with MLflow's grammar. */
import { RUNS } from '../../mlflow/search/grammar';
import { matcher } from '../../mlflow/search/matches';
import { compareValues, comparing } from '../../mlflow/search/order';
import { parseFilter, parseOrderBy } from '../../mlflow/search/parse';
import { readRun } from '../../mlflow/search/read-run';
import { getExperiment, listExperiments, type Experiment } from '../../tracking/experiments';
import { listVersionsOfRun } from '../../tracking/model-versions';
import { readRunDocument, type RunDocument } from '../../tracking/run-document';
import { runPosition, runsNewestFirst } from '../../tracking/run-pages';
import { metricHistory } from '../../tracking/metrics';
import type { CompareView, ExperimentRow, TrackedDetail, TrackedPage, TrackedRow } from '../views/tracking';

export async function readExperiments(): Promise<ExperimentRow[]> {
  return (await listExperiments()).filter((one) => one.lifecycleStage === 'active').map(experimentRow);
}

/** @throws MlflowError for what the grammar refuses, TrackingRefused for an unknown experiment */
export async function searchRuns(
  experimentId: string,
  search: { readonly filter: string; readonly orderBy: readonly string[]; readonly limit: number },
): Promise<TrackedPage> {
  const experiment = await getExperiment(experimentId);
  const matches = matcher(parseFilter(RUNS, search.filter), readRun);
  const order = parseOrderBy(RUNS, search.orderBy);
  const found: RunDocument[] = [];
  for await (const run of runsNewestFirst([experiment])) {
    if (order.length === 0 && found.length > search.limit) break;
    if (run.lifecycleStage === 'active' && matches(run)) found.push(run);
  }
  if (order.length > 0)
    found.sort(comparing(order, readRun, (a, b) => compareValues(runPosition(a), runPosition(b))));
  return {
    experiment: experimentRow(experiment),
    runs: found.slice(0, search.limit).map(trackedRow),
    more: found.length > search.limit,
  };
}

/** @throws TrackingRefused for an unknown run */
export async function readTracked(runId: string): Promise<TrackedDetail> {
  const run = await readRunDocument(runId);
  const [experiment, versions, children] = await Promise.all([
    getExperiment(run.experimentId),
    listVersionsOfRun(runId),
    childrenOf(run),
  ]);
  return {
    ...trackedRow(run),
    experiment: experimentRow(experiment),
    artifactUri: run.artifactUri,
    inputs: [
      ...Object.values(run.inputs).map(({ name, context, digest, sha256, uri }) => ({
        name,
        context,
        digest,
        id: sha256,
        source: uri,
      })),
      ...Object.values(run.datasets ?? {}).map(({ name, digest, source, tags }) => ({
        name,
        context: tags['mlflow.data.context'] ?? '',
        digest,
        id: digest,
        source,
      })),
    ],
    versions: versions.map(({ name, version, stage }) => ({ name, version, stage })),
    logicalRun: run.t['millrace.run'] ?? null,
    children,
  };
}

async function childrenOf(parent: RunDocument): Promise<TrackedRow[]> {
  const experiment = await getExperiment(parent.experimentId);
  const found: TrackedRow[] = [];
  for await (const run of runsNewestFirst([experiment])) {
    // A child never starts before its parent.
    if (run.startTime < parent.startTime) break;
    if (run.lifecycleStage === 'active' && run.t['mlflow.parentRunId'] === parent.runId)
      found.push(trackedRow(run));
  }
  return found;
}

/** Runs side by side, with the histories of the metrics that have more than one point. */
export async function compareRuns(runIds: readonly string[]): Promise<CompareView> {
  const runs = await Promise.all(runIds.map((id) => readRunDocument(id)));
  const curves = await Promise.all(
    runs.flatMap((run, index) =>
      Object.keys(run.m)
        .sort()
        .map(async (metric) => ({
          metric,
          run: index,
          points: (await metricHistory(run.runId, metric))
            .filter(({ value }) => Number.isFinite(value))
            .map(({ step, timestamp, value }) => [step, timestamp, value] as const)
            .sort((a, b) => a[0] - b[0] || a[1] - b[1]),
        })),
    ),
  );
  return { runs: runs.map(trackedRow), curves: curves.filter(({ points }) => points.length > 1) };
}

export function trackedRow(run: RunDocument): TrackedRow {
  return {
    runId: run.runId,
    name: run.runName,
    status: run.status,
    startedAt: new Date(run.startTime).toISOString(),
    endedAt: run.endTime === undefined ? null : new Date(run.endTime).toISOString(),
    parent: run.t['mlflow.parentRunId'] ?? null,
    metrics: Object.fromEntries(Object.entries(run.m).map(([key, { v }]) => [key, numberOrText(v)])),
    params: run.p,
    tags: run.t,
  };
}

/** JSON has neither NaN nor Infinity: they are text. */
export function numberOrText(text: string): number | string {
  const value = Number(text);
  return Number.isFinite(value) ? value : text;
}

function experimentRow({ id, name, lifecycleStage, createdAt, updatedAt }: Experiment): ExperimentRow {
  return { id, name, lifecycleStage, createdAt, updatedAt };
}
