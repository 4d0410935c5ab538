/**
 * Writes a whole tracking store to a folder. What is logged meanwhile may be in it or not; what a version, a metric or an
 * artifact belongs to was there when it was read.
 */
import { createWriteStream, existsSync, mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { once } from 'node:events';
import { finished, pipeline } from 'node:stream/promises';
import { s3Client } from '../aws/clients/s3';
import { resourceNames } from '../aws/environment';
import { HashingStream } from '../aws/hashing-stream';
import { ObjectStore } from '../aws/object-store';
import { TableBusy } from '../aws/dynamo-table';
import { trackingTable } from '../aws/tables';
import { listExperiments } from './experiments';
import { metricHistoryPartition, modelKey, modelPartition } from './keys';
import { allLoggedModels } from './logged-models';
import { readRecipes } from './recipes';
import { listModels, type RegisteredModel } from './registered-models';
import { underExperiment, type LatestMetric, type RunDocument } from './run-document';
import type { RegistryEvent } from './registry-events';
import { TrackingRefused } from './tracking-refused';
import {
  FORMAT,
  KINDS,
  MANIFEST,
  OBJECTS,
  type ArtifactRecord,
  type Counts,
  type DatasetItem,
  type Kind,
  type Manifest,
  type Records,
  type VersionItem,
} from './transfer-format';

export interface Exported {
  readonly counts: Counts;
  /** Owners whose artifacts lie in another bucket, and are not in the export. */
  readonly elsewhere: readonly string[];
}

const MAX_ATTEMPTS = 10;

/** @throws TrackingRefused when there is something in the folder */
export async function exportStore(directory: string): Promise<Exported> {
  if (existsSync(directory) && readdirSync(directory).length > 0)
    throw new TrackingRefused('INVALID_STATE', `${directory} is not empty.`);
  mkdirSync(join(directory, OBJECTS), { recursive: true });
  const files = new Files(directory);
  const elsewhere: string[] = [];
  const artifacts = async (owner: ArtifactRecord['owner'], uri: string) => {
    if (!(await exportArtifacts(directory, files, owner, uri)))
      elsewhere.push(`${owner.kind} ${owner.id}: ${uri}`);
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
  const counts = await files.close();
  const manifest: Manifest = {
    format: FORMAT,
    exportedAt: new Date().toISOString(),
    bucket: resourceNames().bucket,
    counts,
  };
  writeFileSync(join(directory, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`);
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
  directory: string,
  files: Files,
  owner: ArtifactRecord['owner'],
  uri: string,
): Promise<boolean> {
  const { bucket } = resourceNames();
  if (!uri.startsWith(`s3://${bucket}/`)) return false;
  const store = new ObjectStore(s3Client(), bucket);
  const folder = `${uri.slice(`s3://${bucket}/`.length).replace(/\/+$/, '')}/`;
  for (const { key } of await store.list(folder)) {
    const part = join(directory, OBJECTS, 'part');
    const { body, contentType } = await store.read(key);
    const tap = new HashingStream();
    await pipeline(body, tap, createWriteStream(part));
    const [sha256, { bytes }] = [tap.sha256(), tap];
    renameSync(part, join(directory, OBJECTS, sha256));
    await files.write('artifacts', {
      owner,
      path: key.slice(folder.length),
      sha256,
      bytes,
      ...(contentType === undefined ? {} : { contentType }),
    });
  }
  return true;
}

/** The files of records, all open at once. */
class Files {
  private readonly streams: Readonly<Record<Kind, ReturnType<typeof createWriteStream>>>;
  private readonly written: Record<Kind, number>;

  constructor(directory: string) {
    const each = <T>(make: (kind: Kind) => T) =>
      Object.fromEntries(KINDS.map((kind) => [kind, make(kind)])) as Record<Kind, T>;
    this.streams = each((kind) => createWriteStream(join(directory, `${kind}.jsonl`)));
    this.written = each(() => 0);
  }

  async write<K extends Kind>(kind: K, record: Records[K]): Promise<void> {
    this.written[kind]++;
    const stream = this.streams[kind];
    if (!stream.write(`${JSON.stringify(record)}\n`)) await once(stream, 'drain');
  }

  async close(): Promise<Counts> {
    await Promise.all(
      Object.values(this.streams).map(async (stream) => {
        stream.end();
        await finished(stream);
      }),
    );
    return this.written;
  }
}
