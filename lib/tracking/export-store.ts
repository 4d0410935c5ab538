/**
 * Writes a whole tracking store to a folder. What is logged meanwhile may be in it or not; what a version, a metric or an
 * artifact belongs to was there when it was read.
 */
import { s3Client } from '../aws/clients/s3';
import { resourceNames } from '../aws/environment';
import { ObjectStore } from '../aws/object-store';
import { TableBusy } from '../aws/dynamo-table';
import { trackingTable } from '../aws/tables';
import { listExperiments } from './experiments';
import { ExportFiles } from './export-files';
import { metricHistoryPartition, modelKey, modelPartition } from './keys';
import { allLoggedModels } from './logged-models';
import { readRecipes } from './recipes';
import { listModels, type RegisteredModel } from './registered-models';
import { underExperiment, type LatestMetric, type RunDocument } from './run-document';
import type { RegistryEvent } from './registry-events';
import type { ArtifactRecord, Counts, DatasetItem, VersionItem } from './transfer-format';

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
  const artifacts = async (owner: ArtifactRecord['owner'], uri: string) => {
    if (!(await exportArtifacts(files, owner, uri))) elsewhere.push(`${owner.kind} ${owner.id}: ${uri}`);
  };
  const table = trackingTable();
  for (const experiment of await listExperiments()) {
    await files.write('experiments', experiment);
    const partition = { pk: `E#${experiment.id}` };
    for await (const page of table.pagesOf<RunDocument>({ ...partition, prefix: 'R#' })) {
      for (const stored of page) {
        // A restored experiment has brought back its runs; whether it is deleted itself is told by the experiment.
        const run = underExperiment(stored, { ...experiment, lifecycleStage: 'active' });
        for (const key of Object.keys(run.m)) {
          const points = await table.query<LatestMetric>({ pk: metricHistoryPartition(run.runId, key) });
          await files.write('metrics', { runId: run.runId, key, points });
        }
        await artifacts({ kind: 'run', id: run.runId }, run.artifactUri);
        const recipes = await readRecipes(run.runId);
        await files.write('runs', recipes.length === 0 ? run : { ...run, recipes });
      }
    }
    for (const item of await table.query<DatasetItem>({ ...partition, prefix: 'D#' }))
      await files.write('datasets', { experimentId: experiment.id, item });
    for (const model of await allLoggedModels(experiment.id)) {
      await artifacts({ kind: 'logged-model', id: model.modelId }, model.artifactUri);
      await files.write('logged-models', model);
    }
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

/** Returns false when they lie in another bucket. */
async function exportArtifacts(
  files: ExportFiles,
  owner: ArtifactRecord['owner'],
  uri: string,
): Promise<boolean> {
  const { bucket } = resourceNames();
  if (!uri.startsWith(`s3://${bucket}/`)) return false;
  const store = new ObjectStore(s3Client(), bucket);
  const folder = `${uri.slice(`s3://${bucket}/`.length).replace(/\/+$/, '')}/`;
  for (const { key } of await store.list(folder)) {
    const { body, contentType } = await store.read(key);
    const kept = await files.keep(body);
    await files.write('artifacts', {
      owner,
      path: key.slice(folder.length),
      ...kept,
      ...(contentType === undefined ? {} : { contentType }),
    });
  }
  return true;
}
