/** A run, or a logged model, with all that belongs to it, into the files of an export. */
import { s3Client } from '../aws/clients/s3';
import { resourceNames } from '../aws/environment';
import { ObjectStore } from '../aws/object-store';
import { trackingTable } from '../aws/tables';
import type { ExportFiles } from './export-files';
import { metricHistoryPartition } from './keys';
import type { LoggedModel } from './logged-models';
import { readRecipes } from './recipes';
import type { LatestMetric, RunDocument } from './run-document';
import type { ArtifactRecord } from './transfer-format';

/** Returns whose artifacts lie in another bucket, and are not in the export. */
export async function exportRun(files: ExportFiles, run: RunDocument): Promise<readonly string[]> {
  for (const key of Object.keys(run.m)) {
    const points = await trackingTable().query<LatestMetric>({ pk: metricHistoryPartition(run.runId, key) });
    await files.write('metrics', { runId: run.runId, key, points });
  }
  const elsewhere = await exportArtifacts(files, { kind: 'run', id: run.runId }, run.artifactUri);
  const recipes = await readRecipes(run.runId);
  await files.write('runs', recipes.length === 0 ? run : { ...run, recipes });
  return elsewhere;
}

/** The same of a logged model. */
export async function exportLoggedModel(files: ExportFiles, model: LoggedModel): Promise<readonly string[]> {
  const owner = { kind: 'logged-model', id: model.modelId } as const;
  const elsewhere = await exportArtifacts(files, owner, model.artifactUri);
  await files.write('logged-models', model);
  return elsewhere;
}

async function exportArtifacts(
  files: ExportFiles,
  owner: ArtifactRecord['owner'],
  uri: string,
): Promise<readonly string[]> {
  const { bucket } = resourceNames();
  if (!uri.startsWith(`s3://${bucket}/`)) return [`${owner.kind} ${owner.id}: ${uri}`];
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
  return [];
}
