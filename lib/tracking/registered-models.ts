/**
 * Registered models. The name is an item of its own that points to an id, so that a rename moves nothing else.
 * Every change of a model or of a version writes the model's item under the condition that nobody has since it was read:
 * `rev` is the one lock of everything that belongs to the model.
 */
import { randomUUID } from 'node:crypto';
import { NEW, put, type Write } from '../aws/dynamo-table';
import { trackingTable } from '../aws/tables';
import type { PromotionGates } from '../tasks/promotion-gates';
import type { DriftAlarm } from './judge-gates';
import { modelKey, modelListingKey, modelNameKey } from './keys';
import { checkModelName } from './limits';
import { tellRegistry, type Happened } from './tell-registry';
import { TrackingRefused } from './tracking-refused';

export type Stage = 'None' | 'Staging' | 'Production' | 'Archived';

export interface RegisteredModel {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly tags: Readonly<Record<string, string>>;
  /** Number of the next version; never goes back. */
  readonly nextVersion: number;
  /** Newest version of each stage that has one. */
  readonly latest: Readonly<Partial<Record<Stage, string>>>;
  readonly aliases: Readonly<Record<string, string>>;
  /** What stands before aliases and stages. @default nothing */
  readonly gates?: PromotionGates | undefined;
  /** Open alarms, by who watches. @default none */
  readonly driftAlarms?: Readonly<Record<string, DriftAlarm>>;
  /** ISO instants. */
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly rev: number;
}

export async function findModel(name: string): Promise<RegisteredModel | undefined> {
  checkModelName(name);
  const table = trackingTable();
  const lock = await table.get<{ id: string }>(modelNameKey(name));
  return lock === undefined ? undefined : table.get<RegisteredModel>(modelKey(lock.id));
}

/** @throws TrackingRefused RESOURCE_DOES_NOT_EXIST */
export async function getModel(name: string): Promise<RegisteredModel> {
  const model = await findModel(name);
  if (model === undefined)
    throw new TrackingRefused('RESOURCE_DOES_NOT_EXIST', `Registered Model with name=${name} not found`);
  return model;
}

/** @throws TrackingRefused RESOURCE_ALREADY_EXISTS */
export async function createModel(
  name: string,
  given: { readonly description: string; readonly tags: Readonly<Record<string, string>> },
): Promise<RegisteredModel> {
  checkModelName(name);
  const model = newModel(name, new Date().toISOString());
  if ((await trackingTable().transact(modelWrites(model, given))) !== undefined) throw modelExists(name);
  const made = { ...model, ...given, rev: 1 };
  await tellRegistry(made, 1, modelCreated(made));
  return made;
}

export function modelCreated({ name, tags, description }: RegisteredModel): Happened {
  return { entity: 'registered_model', action: 'created', data: { name, tags, description } };
}

export function modelExists(name: string): TrackingRefused {
  return new TrackingRefused('RESOURCE_ALREADY_EXISTS', `Registered Model (name=${name}) already exists.`);
}

/** By name. */
export async function listModels(): Promise<RegisteredModel[]> {
  return trackingTable().query<RegisteredModel>({ pk: 'MODS' });
}

/** A model that is not written yet. */
export function newModel(name: string, at: string): RegisteredModel {
  return {
    id: randomUUID().replaceAll('-', ''),
    name,
    description: '',
    tags: {},
    nextVersion: 1,
    latest: {},
    aliases: {},
    createdAt: at,
    updatedAt: at,
    rev: 0,
  };
}

/** The writes that bring a model from what was read (`rev` 0: nothing was there) to what it is now. */
export function modelWrites(
  model: RegisteredModel,
  change: Partial<Omit<RegisteredModel, 'id' | 'name' | 'rev' | 'createdAt'>>,
): Write[] {
  const next: RegisteredModel = { ...model, ...change, rev: model.rev + 1 };
  const listing = put({ ...modelListingKey(model.name), ...next });
  if (model.rev === 0) {
    return [
      put({ ...modelNameKey(model.name), id: model.id }, NEW),
      put({ ...modelKey(model.id), ...next }, NEW),
      listing,
    ];
  }
  return [
    put(
      { ...modelKey(model.id), ...next },
      {
        ConditionExpression: 'rev = :rev',
        ExpressionAttributeValues: { ':rev': model.rev },
      },
    ),
    listing,
  ];
}
