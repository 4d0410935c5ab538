/**
 * Writes a whole tracking store to a folder. What is logged meanwhile may be in it or not; what a version, a metric or an
 * artifact belongs to was there when it was read.
 */
import { resourceNames } from '../aws/environment';
import { TableBusy } from '../aws/dynamo-table';
import { trackingTable } from '../aws/tables';
import { listExperiments } from './experiments';
import { ExportFiles } from './export-files';
import { exportLoggedModel, exportRun } from './export-run';
import { modelKey, modelPartition } from './keys';
import { allLoggedModels } from './logged-models';
import { listModels, type RegisteredModel } from './registered-models';
import { underExperiment, type RunDocument } from './run-document';
import type { RegistryEvent } from './registry-events';
import type { Counts, DatasetItem, VersionItem } from './transfer-format';

export interface Exported {
  readonly counts: Counts;
  /** Owners whose artifacts lie in another bucket, and are not in the export. */
  readonly elsewhere: readonly string[];
}

const MAX_ATTEMPTS = 10;

/** @throws TrackingRefused when there is something in the folder */
export async function exportStore(directory: string): Promise<Exported> {
  const files = new ExportFiles(directory);
  const elsewhere: string[] = [];
  const table = trackingTable();
  for (const experiment of await listExperiments()) {
    await files.write('experiments', experiment);
    const partition = { pk: `E#${experiment.id}` };
    for await (const page of table.pagesOf<RunDocument>({ ...partition, prefix: 'R#' })) {
      for (const stored of page) {
        // A restored experiment has brought back its runs; whether it is deleted itself is told by the experiment.
        const run = underExperiment(stored, { ...experiment, lifecycleStage: 'active' });
        elsewhere.push(...(await exportRun(files, run)));
      }
    }
    for (const item of await table.query<DatasetItem>({ ...partition, prefix: 'D#' }))
      await files.write('datasets', { experimentId: experiment.id, item });
    for (const model of await allLoggedModels(experiment.id))
      elsewhere.push(...(await exportLoggedModel(files, model)));
  }
  for (const { id } of await listModels()) {
    const { model, versions, events } = await readWholeModel(id);
    if (model === undefined) continue;
    for (const item of versions) await files.write('versions', { modelId: id, item });
    for (const { rev, item } of events) await files.write('events', { modelId: id, rev, item });
    await files.write('models', model);
  }
  const counts = await files.close(resourceNames().bucket);
  return { counts, elsewhere };
}

interface WholeModel {
  /** `undefined`: deleted meanwhile. */
  readonly model: RegisteredModel | undefined;
  readonly versions: readonly VersionItem[];
  readonly events: readonly { readonly rev: number; readonly item: RegistryEvent }[];
}

/** A model with its versions and events as they were at one moment: its revision is the same before and after. */
async function readWholeModel(id: string): Promise<WholeModel> {
  const table = trackingTable();
  const pk = modelPartition(id);
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const model = await table.get<RegisteredModel>(modelKey(id));
    const versions = await table.query<VersionItem>({ pk, prefix: 'V#' });
    const events: { rev: number; item: RegistryEvent }[] = [];
    for (const sk of (await table.sortKeys(pk)).filter((key) => key.startsWith('X#'))) {
      const item = await table.get<RegistryEvent>({ pk, sk });
      if (item !== undefined) events.push({ rev: Number(sk.slice(2)), item });
    }
    const after = await table.get<RegisteredModel>(modelKey(id));
    if (model?.rev === after?.rev) return { model, versions, events };
  }
  throw new TableBusy(table.name);
}
