/** What MLflow's clients say a run read and made: datasets in their own description, and logged models. */
import { trackingTable } from '../aws/tables';
import { datasetKey } from './keys';
import { changeRun } from './change-run';
import type { ClientDataset } from './run-document';

export interface ClientInputs {
  readonly datasets?: readonly ClientDataset[];
  /** Ids of logged models. */
  readonly models?: readonly string[];
}

/** The same again changes nothing. @throws TrackingRefused when there is no such active run */
export async function logClientInputs(
  runId: string,
  { datasets = [], models = [] }: ClientInputs,
): Promise<void> {
  const run = await changeRun(runId, (current) => ({
    ...current,
    datasets: {
      ...Object.fromEntries(datasets.map((dataset) => [idOf(dataset), dataset])),
      ...current.datasets,
    },
    modelInputs: [...new Set([...(current.modelInputs ?? []), ...models])],
  }));
  await trackingTable().putAll(
    datasets.map((dataset) => ({
      ...datasetKey(run.experimentId, dataset.name, dataset.digest),
      name: dataset.name,
      digest: dataset.digest,
      context: dataset.tags['mlflow.data.context'] ?? '',
    })),
  );
}

/** Records at which step logged models were made. @throws TrackingRefused when there is no such active run */
export async function logModelOutputs(
  runId: string,
  models: Readonly<Record<string, number>>,
): Promise<void> {
  await changeRun(runId, (run) => ({ ...run, modelOutputs: { ...run.modelOutputs, ...models } }));
}

/** A dataset of an experiment, and what one of its runs used it for. */
export interface DatasetSummary {
  readonly name: string;
  readonly digest: string;
  readonly context: string;
}

export async function listDatasets(experimentId: string): Promise<DatasetSummary[]> {
  return trackingTable().query<DatasetSummary>({ pk: `E#${experimentId}`, prefix: 'D#' });
}

function idOf({ name, digest }: ClientDataset): string {
  return `${name}#${digest}`;
}
