import {
  deleteExperiment,
  deleteExperimentTag,
  renameExperiment,
  restoreExperiment,
  setExperimentTag,
} from '../../tracking/experiment-changes';
import {
  createExperiment,
  getExperiment,
  getExperimentByName,
  listExperiments,
  reserveDefault,
  type Experiment,
} from '../../tracking/experiments';
import { listDatasets } from '../../tracking/client-inputs';
import { toStoreUri } from '../artifact-uris';
import { endpoint } from '../endpoint';
import { experimentJson } from '../entities/experiment-json';
import { own } from '../entities/key-values';
import { invalid, MlflowError } from '../mlflow-error';
import { pageOf } from '../page-token';
import { EXPERIMENTS } from '../search/grammar';
import { matcher, type Reading } from '../search/matches';
import { comparing } from '../search/order';
import type { Field } from '../search/conditions';
import { parseConditions, parseOrderBy } from '../search/parse';
import { int64, list, required, string } from '../wire/fields';
import { checkEntityKey, checkLength, tagRecord } from '../wire/names';
import { KEY_VALUE, VIEW_TYPE, withinLimit } from './common';

const MAX_RESULTS = 50_000;
const MAX_TAG_VALUE = 5000;
const MAX_LOCATION = 2048;
const ID = required(string);

export const experimentEndpoints = [
  endpoint({
    method: 'POST',
    path: 'experiments/create',
    fields: { name: required(string), artifact_location: string, tags: list(KEY_VALUE) },
    handle: async ({ name, artifact_location, tags }) => {
      checkLength(name, 500, 'name');
      const { id } = await createExperiment(
        name,
        tagRecord(tags, { maxValue: MAX_TAG_VALUE }),
        artifact_location === undefined || artifact_location === ''
          ? undefined
          : checkedLocation(artifact_location),
      );
      return { experiment_id: id };
    },
  }),
  endpoint({
    method: 'GET',
    path: 'experiments/get',
    fields: { experiment_id: ID },
    handle: async ({ experiment_id }) => ({ experiment: experimentJson(await getExperiment(experiment_id)) }),
  }),
  endpoint({
    method: 'GET',
    path: 'experiments/get-by-name',
    fields: { experiment_name: required(string) },
    handle: async ({ experiment_name }) => {
      await reserveDefault(experiment_name);
      const found = await getExperimentByName(experiment_name);
      if (found === undefined) {
        throw new MlflowError(
          'RESOURCE_DOES_NOT_EXIST',
          `Could not find experiment with name '${experiment_name}'`,
        );
      }
      return { experiment: experimentJson(found) };
    },
  }),
  endpoint({
    method: 'POST',
    path: 'experiments/update',
    fields: { experiment_id: ID, new_name: required(string) },
    handle: async ({ experiment_id, new_name }) => {
      checkLength(new_name, 500, 'name');
      await renameExperiment(experiment_id, new_name);
      return {};
    },
  }),
  endpoint({
    method: 'POST',
    path: 'experiments/delete',
    fields: { experiment_id: ID },
    handle: async ({ experiment_id }) => {
      await deleteExperiment(experiment_id);
      return {};
    },
  }),
  endpoint({
    method: 'POST',
    path: 'experiments/restore',
    fields: { experiment_id: ID },
    handle: async ({ experiment_id }) => {
      await restoreExperiment(experiment_id);
      return {};
    },
  }),
  endpoint({
    method: 'POST',
    path: 'experiments/set-experiment-tag',
    fields: { experiment_id: ID, key: required(string), value: string },
    handle: async ({ experiment_id, key, value = '' }) => {
      checkEntityKey(key, 'key');
      checkLength(value, MAX_TAG_VALUE, 'value');
      await setExperimentTag(experiment_id, key, value);
      return {};
    },
  }),
  endpoint({
    method: 'POST',
    path: 'experiments/delete-experiment-tag',
    fields: { experiment_id: ID, key: required(string) },
    handle: async ({ experiment_id, key }) => {
      await deleteExperimentTag(experiment_id, key);
      return {};
    },
  }),
  endpoint({
    method: ['POST', 'GET'],
    path: 'experiments/search',
    fields: {
      max_results: int64,
      page_token: string,
      filter: string,
      order_by: list(string),
      view_type: VIEW_TYPE,
    },
    handle: async (
      { max_results = 1000, page_token, filter, order_by, view_type = 'ACTIVE_ONLY' },
      { mayRead, orFilters },
    ) => {
      const limit = withinLimit(max_results, MAX_RESULTS);
      const matches = matcher(parseConditions(EXPERIMENTS, filter, orFilters), read);
      const compare = comparing(
        order_by.length === 0
          ? [{ entity: 'attribute', key: 'creation_time', ascending: false }]
          : parseOrderBy(EXPERIMENTS, order_by),
        read,
        (a, b) => Number(b.id) - Number(a.id),
      );
      await getExperiment('0');
      const found = (await listExperiments())
        .filter(
          ({ lifecycleStage }) =>
            view_type === 'ALL' || (lifecycleStage === 'active') === (view_type === 'ACTIVE_ONLY'),
        )
        .filter(matches)
        .filter(({ name }) => mayRead('experiment', name))
        .sort(compare);
      const { page, next } = pageOf(found, limit, page_token);
      return { experiments: page.map(experimentJson), next_page_token: next };
    },
  }),
  endpoint({
    method: 'POST',
    path: 'experiments/search-datasets',
    fields: { experiment_ids: list(string) },
    handle: async ({ experiment_ids }) => {
      if (experiment_ids.length > 20) {
        throw invalid(
          `SearchDatasets request cannot specify more than 20 experiment_ids. Received ${experiment_ids.length} experiment_ids.`,
        );
      }
      const found = await Promise.all(
        experiment_ids.map(async (experiment_id) =>
          (await listDatasets(experiment_id)).map(({ name, digest, context }) => ({
            experiment_id,
            name,
            digest,
            context,
          })),
        ),
      );
      return { dataset_summaries: found.flat() };
    },
  }),
];

function read(experiment: Experiment, { entity, key }: Field): Reading {
  if (entity === 'tag') return own(experiment.tags, key);
  return {
    name: experiment.name,
    experiment_id: Number(experiment.id),
    creation_time: Date.parse(experiment.createdAt),
    last_update_time: Date.parse(experiment.updatedAt),
  }[key];
}

function checkedLocation(location: string): string {
  if (location.startsWith('runs:'))
    throw invalid(`Artifact location cannot be a runs:/ URI. Given: '${location}'`);
  if (location.length > MAX_LOCATION) {
    throw invalid(
      `Invalid artifact path length. The length of the artifact path cannot be greater than ${MAX_LOCATION} characters.`,
    );
  }
  if (/(?:^|[/\\])\.\.(?:[/\\]|$)|%2e|\0/i.test(location) || /[#?]/.test(location))
    throw invalid(`Invalid artifact location: '${location}'`);
  return toStoreUri(location).replace(/\/$/, '');
}
