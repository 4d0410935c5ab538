/** Changes of model versions that people make one by one, each under the revision of the model. */
import { remove, update, type Write } from '../aws/dynamo-table';
import { aliasKey, versionKey } from './keys';
import { changeModel } from './model-changes';
import { latestOf, versionOf, versionsOf, type ModelVersion } from './model-versions';
import type { RegisteredModel } from './registered-models';
import { eventWrite } from './registry-events';
import type { Happened } from './tell-registry';

/** @throws TrackingRefused when there is no such version */
export async function describeVersion(
  name: string,
  version: string,
  description: string,
): Promise<ModelVersion> {
  return changeVersion(name, version, (_current, updatedAt) => ({ description, updatedAt }));
}

export async function setVersionTag(
  name: string,
  version: string,
  key: string,
  value: string,
): Promise<void> {
  await changeVersion(name, version, ({ tags }) => ({ tags: { ...tags, [key]: value } }), {
    entity: 'model_version_tag',
    action: 'set',
    data: { name, version, key, value },
  });
}

/** Taking back a tag that is not there changes nothing. */
export async function deleteVersionTag(name: string, version: string, key: string): Promise<void> {
  await changeVersion(
    name,
    version,
    ({ tags }) => {
      const { [key]: _gone, ...rest } = tags;
      return { tags: rest };
    },
    { entity: 'model_version_tag', action: 'deleted', data: { name, version, key } },
  );
}

/** Its aliases go with it; its number is never used again. @throws TrackingRefused when there is no such version */
export async function deleteVersion(name: string, version: string, by: string): Promise<void> {
  await changeModel(name, async (model, at) => {
    await versionOf(model, version);
    const others = (await versionsOf(model)).filter((other) => other.version !== version);
    const held = Object.keys(model.aliases).filter((alias) => model.aliases[alias] === version);
    return {
      model: {
        latest: latestOf(others),
        aliases: Object.fromEntries(Object.entries(model.aliases).filter(([, holder]) => holder !== version)),
        updatedAt: at,
      },
      writes: [
        // What it was made from is taken out; that it was there is told by its number and by the event.
        update(versionKey(model.id, Number(version)), {
          UpdateExpression:
            'SET #deleted = :yes, #source = :none, description = :none, runId = :none, updatedAt = :at REMOVE #storage, modelId, runLink, g1pk, g1sk',
          ExpressionAttributeNames: { '#deleted': 'deleted', '#source': 'source', '#storage': 'storage' },
          ExpressionAttributeValues: { ':yes': true, ':none': '', ':at': at },
        }),
        ...held.map((alias) => remove(aliasKey(model.id, alias))),
        eventWrite(model, { at, action: 'delete-version', version, by, reason: '' }),
      ],
      told: [
        { entity: 'model_version', action: 'deleted', data: { name, version } },
        ...held.map((alias): Happened => ({
          entity: 'model_version_alias',
          action: 'deleted',
          data: { name, alias },
        })),
      ],
    };
  });
}

async function changeVersion(
  name: string,
  version: string,
  change: (
    current: ModelVersion,
    at: string,
  ) => Partial<Pick<ModelVersion, 'description' | 'tags' | 'updatedAt'>>,
  ...told: readonly Happened[]
): Promise<ModelVersion> {
  let changed: ModelVersion | undefined;
  await changeModel(name, async (model, at) => {
    const current = await versionOf(model, version);
    const members = change(current, at);
    changed = { ...current, ...members };
    return { model: {}, writes: [versionWrite(model, version, members)], told };
  });
  return changed!;
}

function versionWrite(
  model: RegisteredModel,
  version: string,
  members: Readonly<Record<string, unknown>>,
): Write {
  const names = Object.keys(members);
  return update(versionKey(model.id, Number(version)), {
    UpdateExpression: `SET ${names.map((_name, i) => `#n${i} = :v${i}`).join(', ')}`,
    ExpressionAttributeNames: Object.fromEntries(names.map((name, i) => [`#n${i}`, name])),
    ExpressionAttributeValues: Object.fromEntries(names.map((name, i) => [`:v${i}`, members[name]])),
  });
}
