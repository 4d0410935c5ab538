/** Versions of registered models. They count up, are never reused, and the same idempotency key gives the same version. */
import { NEW, put, TableBusy } from '../aws/dynamo-table';
import { pauseBefore } from '../aws/pause';
import { trackingTable } from '../aws/tables';
import { aliasKey, doneKey, modelPartition, versionKey, versionsOfRun } from './keys';
import { lineageWrites, type Lineage } from './lineage';
import {
  findModel,
  getModel,
  modelCreated,
  modelWrites,
  newModel,
  type RegisteredModel,
  type Stage,
} from './registered-models';
import { inTurn } from './in-turn';
import { eventWrite } from './registry-events';
import { tellRegistry, type Happened } from './tell-registry';
import { TrackingRefused } from './tracking-refused';

export interface ModelVersion {
  readonly name: string;
  /** A count, as text. */
  readonly version: string;
  readonly stage: Stage;
  /** `s3://…/model/` */
  readonly source: string;
  /** Tracked run that made it; empty when none did. */
  readonly runId: string;
  /** Where the files lie when `source` is a reference like `models:/m-…`. @default `source` */
  readonly storage?: string;
  /** Logged model that it was made from. */
  readonly modelId?: string;
  readonly runLink?: string;
  readonly description: string;
  readonly tags: Readonly<Record<string, string>>;
  /** Absent when it was not registered by a task. */
  readonly lineage?: Lineage;
  /** ISO instants. */
  readonly createdAt: string;
  readonly updatedAt: string;
}

export interface NewVersion {
  /** The registered model is made with its first version. */
  readonly name: string;
  readonly source: string;
  readonly runId: string;
  readonly storage?: string | undefined;
  readonly modelId?: string | undefined;
  readonly runLink?: string | undefined;
  readonly description?: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly lineage?: Lineage;
  readonly by: string;
  /** The same key gives the same version. */
  readonly idempotencyKey: string;
}

/** A version as it lies in the table. The model may be called otherwise by now. */
interface StoredVersion extends ModelVersion {
  /** Deleted: its number is never used again. */
  readonly deleted?: true;
}

const MAX_ATTEMPTS = 40;

/** @throws TrackingRefused for a bad name */
export async function createVersion(request: NewVersion): Promise<ModelVersion> {
  return inTurn(`model ${request.name}`, async () => nextVersion(request));
}

async function nextVersion(request: NewVersion): Promise<ModelVersion> {
  const table = trackingTable();
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    if (attempt > 0) await pauseBefore(attempt, 5, 200);
    const at = new Date().toISOString();
    const model = (await findModel(request.name)) ?? newModel(request.name, at);
    const done = await table.get<{ version: string }>(doneKey(model.id, request.idempotencyKey));
    if (done !== undefined) return getVersion(request.name, done.version);
    const version: ModelVersion = {
      name: request.name,
      version: String(model.nextVersion),
      stage: 'None',
      source: request.source,
      runId: request.runId,
      ...(request.storage === undefined ? {} : { storage: request.storage }),
      ...(request.modelId === undefined ? {} : { modelId: request.modelId }),
      ...(request.runLink === undefined ? {} : { runLink: request.runLink }),
      description: request.description ?? '',
      tags: request.tags ?? {},
      ...(request.lineage === undefined ? {} : { lineage: request.lineage }),
      createdAt: at,
      updatedAt: at,
    };
    const refused = await table.transact([
      ...modelWrites(model, {
        nextVersion: model.nextVersion + 1,
        latest: { ...model.latest, None: version.version },
        updatedAt: at,
      }),
      put(
        {
          ...versionKey(model.id, model.nextVersion),
          ...version,
          ...(request.runId === ''
            ? {}
            : { g1pk: versionsOfRun(request.runId), g1sk: `${request.name}#${version.version}` }),
        },
        NEW,
      ),
      put({ ...doneKey(model.id, request.idempotencyKey), version: version.version }, NEW),
      eventWrite(model, {
        at,
        action: 'create',
        version: version.version,
        by: request.by,
        reason: request.description ?? '',
      }),
      ...lineageWrites(
        { kind: 'version', id: `${model.id}/${version.version}` },
        request.runId,
        request.lineage,
      ),
    ]);
    if (refused !== undefined) continue;
    await tellRegistry(
      { ...model, tags: { ...model.tags, ...version.tags } },
      model.rev + 1,
      ...(model.rev === 0 ? [modelCreated(model)] : []),
      versionCreated(version),
    );
    return version;
  }
  throw new TableBusy(table.name);
}

function versionCreated({ name, version, source, runId, tags, description }: ModelVersion): Happened {
  const { 'mlflow.prompt.text': template } = tags;
  const data = { name, version, source, run_id: runId || null, tags, description };
  return {
    entity: 'model_version',
    action: 'created',
    data: template === undefined ? data : { ...data, template },
  };
}

/** @throws TrackingRefused RESOURCE_DOES_NOT_EXIST */
export async function getVersion(name: string, version: string): Promise<ModelVersion> {
  const model = await findModel(name);
  if (model === undefined) throw noVersion(name, version);
  return versionOf(model, version);
}

/** @throws TrackingRefused RESOURCE_DOES_NOT_EXIST */
export async function versionOf(model: RegisteredModel, version: string): Promise<ModelVersion> {
  const found = /^\d{1,10}$/.test(version)
    ? await trackingTable().get<StoredVersion>(versionKey(model.id, Number(version)))
    : undefined;
  if (found === undefined || found.deleted === true) throw noVersion(model.name, version);
  return { ...found, name: model.name };
}

export function noVersion(name: string, version: string): TrackingRefused {
  return new TrackingRefused(
    'RESOURCE_DOES_NOT_EXIST',
    `Model Version (name=${name}, version=${version}) not found`,
  );
}

/** `undefined` when there is no such model or no version has the alias. */
export async function getVersionByAlias(name: string, alias: string): Promise<ModelVersion | undefined> {
  const model = await findModel(name);
  if (model === undefined) return undefined;
  const holder = await trackingTable().get<{ version: string }>(aliasKey(model.id, alias));
  return holder === undefined ? undefined : getVersion(name, holder.version);
}

/** Newest first. @throws TrackingRefused when there is no such model */
export async function listVersions(name: string): Promise<ModelVersion[]> {
  return versionsOf(await getModel(name));
}

/** Versions of all models made from a tracked run; behind by milliseconds. */
export async function listVersionsOfRun(runId: string): Promise<ModelVersion[]> {
  const found = await trackingTable().queryIndex<StoredVersion>(versionsOfRun(runId));
  return found.filter((version) => version.deleted !== true);
}

/** Newest first. */
export async function versionsOf({ id, name }: RegisteredModel): Promise<ModelVersion[]> {
  const found = await trackingTable().query<StoredVersion>({
    pk: modelPartition(id),
    prefix: 'V#',
    newestFirst: true,
  });
  return found.filter((version) => version.deleted !== true).map((version) => ({ ...version, name }));
}

/** Newest version of each stage that has one. */
export function latestOf(
  versionsNewestFirst: readonly ModelVersion[],
  stageOf: (version: ModelVersion) => Stage = (version) => version.stage,
): Partial<Record<Stage, string>> {
  // Oldest first, so that the newest version of a stage has the last word.
  return Object.fromEntries(
    [...versionsNewestFirst].reverse().map((version) => [stageOf(version), version.version]),
  );
}
