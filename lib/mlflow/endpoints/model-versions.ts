import { randomUUID } from 'node:crypto';
import { readLineage } from '../../tracking/lineage';
import { getLoggedModel, setLoggedModelTags } from '../../tracking/logged-models';
import {
  createVersion,
  getVersion,
  versionOf,
  versionsOf,
  type ModelVersion,
} from '../../tracking/model-versions';
import { promote } from '../../tracking/promotion';
import { getModel, listModels, type RegisteredModel } from '../../tracking/registered-models';
import {
  deleteVersion,
  deleteVersionTag,
  describeVersion,
  setVersionTag,
} from '../../tracking/version-changes';
import { toClientUri, toStoreUri } from '../artifact-uris';
import { endpoint } from '../endpoint';
import { own } from '../entities/key-values';
import { versionJson } from '../entities/model-json';
import { invalid } from '../mlflow-error';
import { pageOf } from '../page-token';
import { certainClauses, type Clause, type Field } from '../search/conditions';
import { MODEL_VERSIONS } from '../search/grammar';
import { matcher, type Reading } from '../search/matches';
import { compareValues, comparing } from '../search/order';
import { parseConditions, parseOrderBy } from '../search/parse';
import { bool, int64, list, required, string, withDefault } from '../wire/fields';
import { checkEntityKey, checkLength, tagRecord } from '../wire/names';
import { KEY_VALUE, withinLimit } from './common';
import { checkModelName, withoutPrompts } from './registry-rules';
import { canonicalStage } from './stages';

const VERSION = { name: required(string), version: required(string) };
const MAX_TAG_VALUE = 100_000;
/** Models whose versions are read at once. */
const TOGETHER = 25;

export const modelVersionEndpoints = [
  endpoint({
    method: 'POST',
    path: 'model-versions/create',
    fields: {
      name: required(string),
      source: required(string),
      run_id: string,
      tags: list(KEY_VALUE),
      run_link: string,
      description: string,
      model_id: string,
    },
    handle: async ({ name, source, run_id = '', tags, run_link, description = '', model_id }, { by }) => {
      checkModelName(name);
      await getModel(name);
      const origin = await resolveSource(source, model_id || undefined);
      const version = await createVersion({
        name,
        source: toStoreUri(source),
        storage: origin.storage,
        runId: run_id || origin.runId,
        modelId: origin.modelId,
        runLink: run_link || undefined,
        description,
        tags: tagRecord(tags, { maxValue: MAX_TAG_VALUE }),
        by,
        idempotencyKey: randomUUID(),
      });
      if (origin.modelId !== undefined) await tagLoggedModel(origin.modelId, name, version.version);
      return { model_version: versionJson(await getModel(name), version) };
    },
  }),
  endpoint({
    method: 'GET',
    path: 'model-versions/get',
    fields: VERSION,
    handle: async ({ name, version }) => {
      checkVersion(version);
      const found = await getVersion(name, version);
      return { model_version: versionJson(await getModel(name), found) };
    },
  }),
  endpoint({
    method: 'PATCH',
    path: 'model-versions/update',
    fields: { ...VERSION, description: string },
    handle: async ({ name, version, description = '' }) => {
      checkVersion(version);
      const changed = await describeVersion(name, version, description);
      return { model_version: versionJson(await getModel(name), changed) };
    },
  }),
  endpoint({
    method: 'POST',
    path: 'model-versions/transition-stage',
    fields: { ...VERSION, stage: required(string), archive_existing_versions: withDefault(bool, false) },
    handle: async ({ name, version, stage, archive_existing_versions }, { by }) => {
      checkVersion(version);
      await promote({
        name,
        version,
        stage: canonicalStage(stage),
        archiveExisting: archive_existing_versions,
        reason: '',
        by,
        action: 'transition',
      });
      const model = await getModel(name);
      return { model_version: versionJson(model, await versionOf(model, version)) };
    },
  }),
  endpoint({
    method: 'DELETE',
    path: 'model-versions/delete',
    fields: VERSION,
    handle: async ({ name, version }, { by }) => {
      checkVersion(version);
      await deleteVersion(name, version, by);
      return {};
    },
  }),
  endpoint({
    method: 'GET',
    path: 'model-versions/search',
    fields: {
      filter: string,
      max_results: withDefault(int64, 200_000),
      order_by: list(string),
      page_token: string,
    },
    handle: async ({ filter, max_results, order_by, page_token }, { mayRead, orFilters }) => {
      const limit = withinLimit(max_results, 200_000);
      const conditions = parseConditions(MODEL_VERSIONS, filter, orFilters);
      const matches = matcher(withoutPrompts(conditions), read);
      const compare = comparing(
        parseOrderBy(MODEL_VERSIONS, order_by),
        read,
        (a: Found, b: Found) =>
          compareValues(a.model.name, b.model.name) || Number(b.version.version) - Number(a.version.version),
      );
      const found = (await candidates(certainClauses(conditions)))
        .filter(({ model }) => mayRead('model', model.name))
        .filter(matches)
        .sort(compare);
      const { page, next } = pageOf(found, limit, page_token);
      return {
        model_versions: page.map(({ model, version }) => versionJson(model, version)),
        next_page_token: next,
      };
    },
  }),
  endpoint({
    method: 'GET',
    path: 'model-versions/get-download-uri',
    fields: VERSION,
    handle: async ({ name, version }) => {
      checkVersion(version);
      const { storage, source } = await getVersion(name, version);
      return { artifact_uri: toClientUri(storage ?? source) };
    },
  }),
  endpoint({
    method: 'POST',
    path: 'model-versions/set-tag',
    fields: { ...VERSION, key: required(string), value: string },
    handle: async ({ name, version, key, value = '' }) => {
      checkVersion(version);
      checkEntityKey(key, 'key');
      checkLength(value, MAX_TAG_VALUE, 'value');
      await setVersionTag(name, version, key, value);
      return {};
    },
  }),
  endpoint({
    method: 'DELETE',
    path: 'model-versions/delete-tag',
    fields: { ...VERSION, key: required(string) },
    handle: async ({ name, version, key }) => {
      checkVersion(version);
      await deleteVersionTag(name, version, key);
      return {};
    },
  }),
];

interface Found {
  readonly model: RegisteredModel;
  readonly version: ModelVersion;
}

/** As few as the filter lets be told in advance: those of a model, those of a run, else all. */
async function candidates(clauses: readonly Clause[]): Promise<Found[]> {
  const only = (key: string) =>
    clauses.find((clause) => clause.entity === 'attribute' && clause.key === key && clause.comparator === '=')
      ?.value as string | undefined;
  const name = only('name');
  const runId = only('run_id');
  const models = await listModels();
  if (name !== undefined) return versionsOfAll(models.filter((model) => model.name === name));
  if (runId === undefined) return versionsOfAll(models);
  const made = (await readLineage({ kind: 'run', id: runId }))
    .filter(({ direction, node }) => direction === 'to' && node.kind === 'version')
    .map(({ node }) => node.id.split('/')[0]);
  return versionsOfAll(models.filter((model) => made.includes(model.id)));
}

async function versionsOfAll(models: readonly RegisteredModel[]): Promise<Found[]> {
  const found: Found[] = [];
  for (let i = 0; i < models.length; i += TOGETHER) {
    const some = await Promise.all(
      models
        .slice(i, i + TOGETHER)
        .map(async (model) => (await versionsOf(model)).map((version) => ({ model, version }))),
    );
    found.push(...some.flat());
  }
  return found;
}

function read({ model, version }: Found, { entity, key }: Field): Reading {
  if (entity === 'tag') return own(version.tags, key);
  return {
    name: model.name,
    source_path: toClientUri(version.source),
    run_id: version.runId,
    version_number: Number(version.version),
    creation_timestamp: Date.parse(version.createdAt),
    last_updated_timestamp: Date.parse(version.updatedAt),
  }[key];
}

/** Where the files of a version lie, and what it was made from. */
async function resolveSource(
  source: string,
  modelId: string | undefined,
): Promise<{ storage?: string; runId: string; modelId?: string }> {
  if (/(?:^|[/\\])\.\.(?:[/\\]|$)|%2e|\0/i.test(source)) {
    throw invalid(
      `Invalid model version source: '${source}'. If supplying a source as an http, https, local file path, ftp, objectstore, or mlflow-artifacts uri, an absolute path must be provided without relative path references present. Please provide an absolute path.`,
    );
  }
  if (/^(?:file:|\/|[a-z]:\\)/i.test(source)) {
    throw invalid(
      `Invalid model version source: '${source}'. To use a local path as a model version source, store the files as artifacts of a run first.`,
    );
  }
  const [, logged] = /^models:\/+(m-[0-9a-f]{32})\/?$/.exec(source) ?? [];
  const id = modelId ?? logged;
  const model = id === undefined ? undefined : await getLoggedModel(id);
  const from = { runId: model?.sourceRunId ?? '', ...(id === undefined ? {} : { modelId: id }) };
  if (logged !== undefined)
    return { ...from, storage: (model ?? (await getLoggedModel(logged))).artifactUri };
  const [, name, version] = /^models:\/+([^/]+)\/(\d+)$/.exec(source) ?? [];
  if (name === undefined || version === undefined) return from;
  const copied = await getVersion(decodeURIComponent(name), version);
  return { ...from, storage: copied.storage ?? copied.source };
}

/** The logged model says which versions were made from it, where MLflow's interface looks for that. */
async function tagLoggedModel(modelId: string, name: string, version: string): Promise<void> {
  const { tags } = await getLoggedModel(modelId);
  const versions = JSON.parse(tags['mlflow.modelVersions'] ?? '[]') as object[];
  await setLoggedModelTags(modelId, {
    'mlflow.modelVersions': JSON.stringify([...versions, { name, version: Number(version) }]),
  });
}

function checkVersion(version: string): void {
  if (!/^\d+$/.test(version)) throw invalid(`Parameter 'version' must be an integer, got '${version}'.`);
}
