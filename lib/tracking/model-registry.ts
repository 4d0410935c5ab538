/**
 * Registered models.
 *
 * 1. Versions count up and are never reused; the same idempotency key gives the same version.
 * 2. An alias is one item, so at most one version has it.
 * 3. A promotion is one transaction: stage, alias and the event that tells who, why, from and to move together or not at all.
 */
import { aliasKey, doneKey, eventKey, modelNameKey, versionKey } from './keys';
import { getItem, put, queryItems, TrackingRefused, transact, type TransactItem } from './table';
import { DoNotRetry } from '../model/errors';

export type Stage = 'None' | 'Staging' | 'Production' | 'Archived';

export interface RegisteredModel {
  readonly name: string;
  readonly nextVersion: number;
  readonly createdAt: string;
  /** Grows with every change: the optimistic lock of all changes. */
  readonly rev: number;
  readonly aliases: Readonly<Record<string, string>>;
}

/** What a version leads back to. */
export interface Lineage {
  readonly pipeline: string;
  readonly logicalRun: string;
  readonly task: string;
  readonly execution: string;
  readonly commit: string;
  readonly dirty: boolean;
  readonly codeHash: string;
  readonly datasets: readonly { readonly uri: string; readonly sha256: string; readonly context: string }[];
}

export interface ModelVersion {
  readonly name: string;
  readonly version: string;
  readonly stage: Stage;
  /** `s3://…/model/` */
  readonly source: string;
  readonly runId: string;
  readonly description: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly lineage: Lineage;
  readonly createdAt: string;
}

export interface RegistryEvent {
  readonly at: string;
  readonly action: 'create' | 'promote' | 'rollback';
  readonly version: string;
  readonly by: string;
  readonly reason: string;
  readonly stage?: { readonly from: Stage; readonly to: Stage };
  readonly alias?: { readonly name: string; readonly from: string | null; readonly to: string };
  readonly archived?: readonly string[];
}

export interface NewVersion {
  readonly name: string;
  readonly source: string;
  readonly runId: string;
  readonly description: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly lineage: Lineage;
  readonly by: string;
  /** The same key gives the same version. */
  readonly idempotencyKey: string;
}

export interface PromotionRequest {
  readonly name: string;
  readonly version: string;
  readonly stage: Stage;
  readonly alias?: string | undefined;
  readonly archiveExisting: boolean;
  /** Version that must hold the alias now; `null`: none; `undefined`: any. */
  readonly expected?: string | null | undefined;
  readonly reason: string;
  readonly by: string;
  readonly idempotencyKey: string;
  readonly action?: 'promote' | 'rollback';
}

export interface Promotion {
  readonly version: string;
  readonly stage: Stage;
  readonly alias: string | null;
  readonly previous: string | null;
}

/** The alias moved between the comparison and the promotion. */
export class ChampionChanged extends DoNotRetry {
  override readonly name = 'Millrace.ChampionChanged';
}

export async function createVersion(request: NewVersion): Promise<ModelVersion> {
  for (;;) {
    const done = await getItem<{ version: string }>(doneKey(request.name, request.idempotencyKey));
    if (done !== undefined) return getVersion(request.name, done.version);
    const model = await getItem<RegisteredModel>(modelNameKey(request.name));
    const number = model?.nextVersion ?? 1;
    const at = new Date().toISOString();
    const version: ModelVersion = {
      name: request.name,
      version: String(number),
      stage: 'None',
      source: request.source,
      runId: request.runId,
      description: request.description,
      tags: request.tags,
      lineage: request.lineage,
      createdAt: at,
    };
    const event: RegistryEvent = {
      at,
      action: 'create',
      version: version.version,
      by: request.by,
      reason: '',
    };
    const refused = await transact([
      model === undefined
        ? put(
            {
              ...modelNameKey(request.name),
              name: request.name,
              nextVersion: 2,
              createdAt: at,
              rev: 1,
              aliases: {},
            },
            'attribute_not_exists(pk)',
          )
        : bump(model, { nextVersion: number + 1 }),
      put(
        {
          ...versionKey(request.name, number),
          ...version,
          gsi1pk: `MVRUN#${request.runId}`,
          gsi1sk: request.name,
        },
        'attribute_not_exists(pk)',
      ),
      put(
        { ...doneKey(request.name, request.idempotencyKey), version: version.version },
        'attribute_not_exists(pk)',
      ),
      put({ ...eventKey(request.name, at, request.idempotencyKey), ...event }),
    ]);
    if (refused === undefined) return version;
  }
}

/** @throws ChampionChanged, TrackingRefused */
export async function promote(request: PromotionRequest): Promise<Promotion> {
  for (;;) {
    const done = await getItem<Promotion>(doneKey(request.name, request.idempotencyKey));
    if (done !== undefined)
      return { version: done.version, stage: done.stage, alias: done.alias, previous: done.previous };
    const model = await getModel(request.name);
    const target = await getVersion(request.name, request.version);
    const holder = request.alias === undefined ? null : (model.aliases[request.alias] ?? null);
    if (request.expected !== undefined && request.expected !== holder) {
      throw new ChampionChanged(
        `'${request.alias ?? ''}' of ${request.name} is ${holder === null ? 'free' : `version ${holder}`}, not ${request.expected === null ? 'free' : `version ${request.expected}`} as when it was compared. Compare version ${request.version} again.`,
      );
    }
    const others = request.archiveExisting
      ? (await listVersions(request.name)).filter(
          (other) => other.stage === request.stage && other.version !== request.version,
        )
      : [];
    const at = new Date().toISOString();
    const promotion: Promotion = {
      version: request.version,
      stage: request.stage,
      alias: request.alias ?? null,
      previous: holder,
    };
    const event: RegistryEvent = {
      at,
      action: request.action ?? 'promote',
      version: request.version,
      by: request.by,
      reason: request.reason,
      stage: { from: target.stage, to: request.stage },
      ...(request.alias === undefined
        ? {}
        : { alias: { name: request.alias, from: holder, to: request.version } }),
      ...(others.length === 0 ? {} : { archived: others.map((other) => other.version) }),
    };
    const refused = await transact([
      bump(
        model,
        request.alias === undefined
          ? {}
          : { aliases: { ...model.aliases, [request.alias]: request.version } },
      ),
      stageOf(target, request.stage),
      ...others.map((other) => stageOf(other, 'Archived')),
      ...(request.alias === undefined
        ? []
        : [
            put({
              ...aliasKey(request.name, request.alias),
              version: request.version,
              setAt: at,
              setBy: request.by,
            }),
          ]),
      put({ ...eventKey(request.name, at, request.idempotencyKey), ...event }),
      put({ ...doneKey(request.name, request.idempotencyKey), ...promotion }, 'attribute_not_exists(pk)'),
    ]);
    if (refused === undefined) return promotion;
  }
}

/** @throws TrackingRefused */
export async function getModel(name: string): Promise<RegisteredModel> {
  const model = await getItem<RegisteredModel>(modelNameKey(name));
  if (model === undefined) throw new TrackingRefused(`Registered Model with name=${name} not found`);
  return model;
}

/** @throws TrackingRefused */
export async function getVersion(name: string, version: string): Promise<ModelVersion> {
  const found = await getItem<ModelVersion>(versionKey(name, Number(version)));
  if (found === undefined)
    throw new TrackingRefused(`Model Version (name=${name}, version=${version}) not found`);
  return found;
}

export async function getVersionByAlias(name: string, alias: string): Promise<ModelVersion | undefined> {
  const item = await getItem<{ version: string }>(aliasKey(name, alias));
  return item === undefined ? undefined : getVersion(name, item.version);
}

export async function listModels(): Promise<RegisteredModel[]> {
  return queryItems<RegisteredModel>('MODS');
}

/** Newest first. */
export async function listVersions(name: string): Promise<ModelVersion[]> {
  return queryItems<ModelVersion>(`M#${name}`, 'V#', { newestFirst: true });
}

/** Newest first. */
export async function listEvents(name: string): Promise<RegistryEvent[]> {
  return queryItems<RegistryEvent>(`M#${name}`, 'X#', { newestFirst: true });
}

/** Changes the model's item if nobody has changed it since it was read. */
function bump(model: RegisteredModel, change: Partial<RegisteredModel>) {
  const fields = Object.entries(change);
  return (TableName: string): TransactItem => ({
    Update: {
      TableName,
      Key: modelNameKey(model.name),
      UpdateExpression: `SET rev = :next${fields.map((_, i) => `, #f${i} = :f${i}`).join('')}`,
      ConditionExpression: 'rev = :rev',
      ...(fields.length === 0
        ? {}
        : { ExpressionAttributeNames: Object.fromEntries(fields.map(([name], i) => [`#f${i}`, name])) }),
      ExpressionAttributeValues: {
        ':rev': model.rev,
        ':next': model.rev + 1,
        ...Object.fromEntries(fields.map(([, value], i) => [`:f${i}`, value])),
      },
    },
  });
}

function stageOf(version: ModelVersion, stage: Stage) {
  return (TableName: string): TransactItem => ({
    Update: {
      TableName,
      Key: versionKey(version.name, Number(version.version)),
      UpdateExpression: 'SET stage = :stage',
      ConditionExpression: 'attribute_exists(pk)',
      ExpressionAttributeValues: { ':stage': stage },
    },
  });
}
