import { versionOf, type ModelVersion } from '../../tracking/model-versions';
import type { RegisteredModel } from '../../tracking/registered-models';
import { toClientUri } from '../artifact-uris';
import { keyValues } from './key-values';

/** With the newest version of each stage, which takes reads of its own. */
export async function modelJson(model: RegisteredModel): Promise<object> {
  const latest = await latestVersions(model);
  return {
    name: model.name,
    creation_timestamp: Date.parse(model.createdAt),
    last_updated_timestamp: Date.parse(model.updatedAt),
    description: model.description,
    latest_versions: latest.map((version) => versionJson(model, version)),
    tags: keyValues(model.tags),
    aliases: Object.entries(model.aliases).map(([alias, version]) => ({ alias, version })),
  };
}

/** Newest version of each of the stages that has one. @default all stages */
export async function latestVersions(
  model: RegisteredModel,
  stages: readonly string[] = Object.keys(model.latest),
): Promise<ModelVersion[]> {
  const versions = Object.entries(model.latest).filter(([stage]) => stages.includes(stage));
  const found = await Promise.all(
    // One that was deleted after the model was read is left out.
    versions.map(([, version]) => versionOf(model, version).catch(() => undefined)),
  );
  return found
    .filter((version) => version !== undefined)
    .sort((a, b) => Number(a.version) - Number(b.version));
}

export function versionJson(model: RegisteredModel, version: ModelVersion): object {
  return {
    name: model.name,
    version: version.version,
    creation_timestamp: Date.parse(version.createdAt),
    last_updated_timestamp: Date.parse(version.updatedAt),
    current_stage: version.stage,
    description: version.description,
    source: toClientUri(version.source),
    run_id: version.runId,
    status: 'READY',
    tags: keyValues(version.tags),
    run_link: version.runLink ?? '',
    aliases: Object.keys(model.aliases).filter((alias) => model.aliases[alias] === version.version),
    model_id: version.modelId,
  };
}
