import {
  deleteAlias,
  deleteModel,
  deleteModelTag,
  describeModel,
  renameModel,
  setAlias,
  setModelTag,
} from '../../tracking/model-changes';
import { getVersionByAlias, versionsOf } from '../../tracking/model-versions';
import { createModel, getModel, listModels, type RegisteredModel } from '../../tracking/registered-models';
import { endpoint } from '../endpoint';
import { own } from '../entities/key-values';
import { latestVersions, modelJson, versionJson } from '../entities/model-json';
import { invalid } from '../mlflow-error';
import { pageOf } from '../page-token';
import { REGISTERED_MODELS } from '../search/grammar';
import { matcher, type Reading } from '../search/matches';
import { compareValues, comparing } from '../search/order';
import type { Field } from '../search/conditions';
import { parseConditions, parseOrderBy } from '../search/parse';
import { int64, list, required, string, withDefault } from '../wire/fields';
import { checkEntityKey, checkLength, tagRecord } from '../wire/names';
import { KEY_VALUE, withinLimit } from './common';
import { canonicalStage } from './stages';
import { checkModelName, withoutPrompts } from './registry-rules';

const NAME = { name: required(string) };
const MAX_TAG_VALUE = 100_000;

export const registeredModelEndpoints = [
  endpoint({
    method: 'POST',
    path: 'registered-models/create',
    fields: { ...NAME, tags: list(KEY_VALUE), description: string },
    handle: async ({ name, tags, description = '' }) => {
      checkModelName(name);
      const model = await createModel(name, {
        tags: tagRecord(tags, { maxValue: MAX_TAG_VALUE }),
        description,
      });
      return { registered_model: await modelJson(model) };
    },
  }),
  endpoint({
    method: 'GET',
    path: 'registered-models/get',
    fields: NAME,
    handle: async ({ name }) => {
      checkModelName(name);
      return { registered_model: await modelJson(await getModel(name)) };
    },
  }),
  endpoint({
    method: 'PATCH',
    path: 'registered-models/update',
    fields: { ...NAME, description: string },
    handle: async ({ name, description = '' }) => ({
      registered_model: await modelJson(await describeModel(name, description)),
    }),
  }),
  endpoint({
    method: 'POST',
    path: 'registered-models/rename',
    fields: { ...NAME, new_name: required(string) },
    handle: async ({ name, new_name }) => {
      checkModelName(new_name);
      return { registered_model: await modelJson(await renameModel(name, new_name)) };
    },
  }),
  endpoint({
    method: 'DELETE',
    path: 'registered-models/delete',
    fields: NAME,
    handle: async ({ name }) => {
      await deleteModel(name);
      return {};
    },
  }),
  endpoint({
    method: 'GET',
    path: 'registered-models/search',
    fields: {
      filter: string,
      max_results: withDefault(int64, 100),
      order_by: list(string),
      page_token: string,
    },
    handle: async ({ filter, max_results, order_by, page_token }, { mayRead, orFilters }) => {
      const limit = withinLimit(max_results, 1000);
      const conditions = parseConditions(REGISTERED_MODELS, filter, orFilters);
      const matches = matcher(withoutPrompts(conditions), read);
      const compare = comparing(parseOrderBy(REGISTERED_MODELS, order_by), read, (a, b) =>
        compareValues(a.name, b.name),
      );
      const found = (await listModels()).filter(({ name }) => mayRead('model', name));
      const { page, next } = pageOf(found.filter(matches).sort(compare), limit, page_token);
      return { registered_models: await Promise.all(page.map(modelJson)), next_page_token: next };
    },
  }),
  endpoint({
    method: ['POST', 'GET'],
    path: 'registered-models/get-latest-versions',
    fields: { ...NAME, stages: list(string) },
    handle: async ({ name, stages }) => {
      checkModelName(name);
      const model = await getModel(name);
      const found = await latestVersions(model, stages.length === 0 ? undefined : stages.map(canonicalStage));
      return { model_versions: found.map((version) => versionJson(model, version)) };
    },
  }),
  endpoint({
    method: 'POST',
    path: 'registered-models/set-tag',
    fields: { ...NAME, key: required(string), value: string },
    handle: async ({ name, key, value = '' }) => {
      checkEntityKey(key, 'key');
      checkLength(value, MAX_TAG_VALUE, 'value');
      await setModelTag(name, key, value);
      return {};
    },
  }),
  endpoint({
    method: 'DELETE',
    path: 'registered-models/delete-tag',
    fields: { ...NAME, key: required(string) },
    handle: async ({ name, key }) => {
      await deleteModelTag(name, key);
      return {};
    },
  }),
  endpoint({
    method: 'POST',
    path: 'registered-models/alias',
    fields: { ...NAME, alias: required(string), version: required(string) },
    handle: async ({ name, alias, version }, { by }) => {
      await setAlias(name, alias, version, by);
      return {};
    },
  }),
  endpoint({
    method: 'DELETE',
    path: 'registered-models/alias',
    fields: { ...NAME, alias: required(string) },
    handle: async ({ name, alias }, { by }) => {
      await deleteAlias(name, alias, by);
      return {};
    },
  }),
  endpoint({
    method: 'GET',
    path: 'registered-models/alias',
    fields: { ...NAME, alias: required(string) },
    handle: async ({ name, alias }) => {
      const model = await getModel(name);
      const version =
        alias.toLowerCase() === 'latest'
          ? (await versionsOf(model))[0]
          : await getVersionByAlias(name, alias);
      if (version === undefined) throw invalid(`Registered model alias ${alias} not found.`);
      return { model_version: versionJson(model, version) };
    },
  }),
];

function read(model: RegisteredModel, { entity, key }: Field): Reading {
  if (entity === 'tag') return own(model.tags, key);
  return {
    name: model.name,
    last_updated_timestamp: Date.parse(model.updatedAt),
    creation_timestamp: Date.parse(model.createdAt),
  }[key];
}
