import { trackingTable } from '../aws/tables';
import { listExperiments, type Experiment } from './experiments';
import type { RunDocument } from './run-document';
import { runsNewestFirst } from './run-pages';

interface StoredDataset {
  readonly name: string;
  readonly digest: string;
  readonly sha256?: string;
}

/** Ids of the datasets that begin so: SHA-256 where it is known, else the client's digest. */
export async function findDatasets(beginning: string): Promise<string[]> {
  const ids = (await stored()).map(({ dataset }) => dataset.sha256 ?? dataset.digest);
  return [...new Set(ids.filter((id) => id.startsWith(beginning)))];
}

/** Runs that read a dataset, latest first. Only experiments that have it are gone through. */
export async function listRunsOfDataset(id: string): Promise<RunDocument[]> {
  const experiments = (await stored())
    .filter(({ dataset }) => (dataset.sha256 ?? dataset.digest) === id)
    .map(({ experiment }) => experiment);
  const found: RunDocument[] = [];
  for await (const run of runsNewestFirst([...new Set(experiments)])) {
    const read =
      Object.values(run.inputs).some((input) => input.sha256 === id) ||
      Object.values(run.datasets ?? {}).some((dataset) => dataset.digest === id);
    if (read) found.push(run);
  }
  return found;
}

async function stored(): Promise<{ experiment: Experiment; dataset: StoredDataset }[]> {
  const experiments = await listExperiments();
  const found = await Promise.all(
    experiments.map(async (experiment) => {
      const datasets = await trackingTable().query<StoredDataset>({ pk: `E#${experiment.id}`, prefix: 'D#' });
      return datasets.map((dataset) => ({ experiment, dataset }));
    }),
  );
  return found.flat();
}
