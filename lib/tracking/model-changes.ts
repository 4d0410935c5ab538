/** Changes of registered models that people make one by one: texts, tags, aliases, names; each under the model's revision. */
import { randomUUID } from 'node:crypto';
import { NEW, put, remove, TableBusy, type Write } from '../aws/dynamo-table';
import { pauseBefore } from '../aws/pause';
import { trackingTable } from '../aws/tables';
import { tellAliasMoved } from './alias-events';
import { passGates } from './gates';
import { clearPartition } from './clear-partition';
import { aliasKey, modelKey, modelListingKey, modelNameKey, modelPartition } from './keys';
import { inTurn } from './in-turn';
import { checkAlias, checkModelName } from './limits';
import { versionOf } from './model-versions';
import { findModel, getModel, modelExists, modelWrites, type RegisteredModel } from './registered-models';
import { eventWrite } from './registry-events';
import { tellRegistry, type Happened } from './tell-registry';

export interface ModelChange {
  readonly model: Parameters<typeof modelWrites>[1];
  /** Written in the same transaction. */
  readonly writes?: readonly Write[];
  /** Told to the bus when it is written. */
  readonly told?: readonly Happened[];
}

const MAX_ATTEMPTS = 40;

/**
 * `plan` may be called several times, with what is true by then; `undefined` means that there is nothing to change.
 * @throws TrackingRefused when there is no such model
 */
export async function changeModel(
  name: string,
  plan: (model: RegisteredModel, at: string) => Promise<ModelChange | undefined>,
): Promise<RegisteredModel> {
  return inTurn(`model ${name}`, async () => changedModel(name, plan));
}

async function changedModel(...[name, plan]: Parameters<typeof changeModel>): Promise<RegisteredModel> {
  const table = trackingTable();
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    if (attempt > 0) await pauseBefore(attempt, 5, 200);
    const model = await getModel(name);
    const change = await plan(model, new Date().toISOString());
    if (change === undefined) return model;
    const refused = await table.transact([...modelWrites(model, change.model), ...(change.writes ?? [])]);
    if (refused !== undefined) continue;
    const changed = { ...model, ...change.model, rev: model.rev + 1 };
    await tellRegistry(changed, changed.rev, ...(change.told ?? []));
    return changed;
  }
  throw new TableBusy(table.name);
}

export async function describeModel(name: string, description: string): Promise<RegisteredModel> {
  return changeModel(name, async (_model, updatedAt) => ({ model: { description, updatedAt } }));
}

export async function setModelTag(name: string, key: string, value: string): Promise<void> {
  await changeModel(name, async ({ tags }) => ({
    model: { tags: { ...tags, [key]: value } },
    told: [{ entity: 'registered_model_tag', action: 'set', data: { name, key, value } }],
  }));
}

/** Taking back a tag that is not there changes nothing. */
export async function deleteModelTag(name: string, key: string): Promise<void> {
  await changeModel(name, async ({ tags }) => {
    const { [key]: gone, ...rest } = tags;
    if (gone === undefined) return undefined;
    return {
      model: { tags: rest },
      told: [{ entity: 'registered_model_tag', action: 'deleted', data: { name, key } }],
    };
  });
}

/** Moves the alias to that version, from whichever has it. @throws TrackingRefused when there is no such version, PromotionRefused */
export async function setAlias(name: string, alias: string, version: string, by: string): Promise<void> {
  checkAlias(alias);
  let previous: string | null = version;
  await changeModel(name, async (model, at) => {
    const target = await versionOf(model, version);
    previous = model.aliases[alias] ?? null;
    const from = model.aliases[alias] ?? null;
    if (from === version) return undefined;
    const gates = await passGates(model, target, { alias, by });
    return {
      model: { aliases: { ...model.aliases, [alias]: version }, updatedAt: at },
      writes: [
        put({ ...aliasKey(model.id, alias), version, setAt: at, setBy: by }),
        eventWrite(model, {
          at,
          action: 'set-alias',
          version,
          by,
          reason: '',
          alias: { name: alias, from, to: version },
          ...(gates.length === 0 ? {} : { gates }),
        }),
      ],
      told: [{ entity: 'model_version_alias', action: 'created', data: { name, alias, version } }],
    };
  });
  if (previous !== version)
    await tellAliasMoved({
      model: name,
      alias,
      version,
      previous,
      action: 'set-alias',
      by,
      reason: '',
      id: randomUUID(),
    });
}

/** Taking back an alias that is not there changes nothing. @throws TrackingRefused when there is no such model */
export async function deleteAlias(name: string, alias: string, by: string): Promise<void> {
  await changeModel(name, async (model, at) => {
    const { [alias]: from, ...aliases } = model.aliases;
    if (from === undefined) return undefined;
    return {
      model: { aliases, updatedAt: at },
      writes: [
        remove(aliasKey(model.id, alias)),
        eventWrite(model, {
          at,
          action: 'delete-alias',
          version: from,
          by,
          reason: '',
          alias: { name: alias, from, to: null },
        }),
      ],
      told: [{ entity: 'model_version_alias', action: 'deleted', data: { name, alias } }],
    };
  });
}

/** Versions, aliases and events stay as they are. @throws TrackingRefused RESOURCE_ALREADY_EXISTS */
export async function renameModel(name: string, newName: string): Promise<RegisteredModel> {
  checkModelName(newName);
  const table = trackingTable();
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    if (attempt > 0) await pauseBefore(attempt, 5, 200);
    const model = await getModel(name);
    if ((await findModel(newName)) !== undefined) throw modelExists(newName);
    const next = { ...model, name: newName, updatedAt: new Date().toISOString(), rev: model.rev + 1 };
    const refused = await table.transact([
      put({ ...modelNameKey(newName), id: model.id }, NEW),
      remove(modelNameKey(name)),
      remove(modelListingKey(name)),
      put({ ...modelListingKey(newName), ...next }),
      put({ ...modelKey(model.id), ...next }, unchanged(model)),
    ]);
    if (refused === undefined) return next;
  }
  throw new TableBusy(table.name);
}

/** The name is free at once; what belongs to the model is cleared behind it. @throws TrackingRefused when there is none */
export async function deleteModel(name: string): Promise<void> {
  const table = trackingTable();
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    if (attempt > 0) await pauseBefore(attempt, 5, 200);
    const model = await getModel(name);
    const refused = await table.transact([
      remove(modelKey(model.id), unchanged(model)),
      remove(modelNameKey(name)),
      remove(modelListingKey(name)),
    ]);
    if (refused === undefined) return clearPartition(modelPartition(model.id));
  }
  throw new TableBusy(table.name);
}

function unchanged({ rev }: RegisteredModel) {
  return { ConditionExpression: 'rev = :rev', ExpressionAttributeValues: { ':rev': rev } };
}
