import { getExperiment } from '../../tracking/experiments';
import {
  createLoggedModel,
  deleteLoggedModel,
  deleteLoggedModelTag,
  finalizeLoggedModel,
  getLoggedModel,
  listLoggedModels,
  logLoggedModelParams,
  setLoggedModelTags,
  type LoggedModel,
  type LoggedModelStatus,
} from '../../tracking/logged-models';
import { endpoint } from '../endpoint';
import { own } from '../entities/key-values';
import { loggedModelJson } from '../entities/logged-model-json';
import { invalid } from '../mlflow-error';
import { pageOf } from '../page-token';
import { randomRunName } from '../random-run-name';
import { mapClauses, type Clause, type Field } from '../search/conditions';
import { LOGGED_MODELS } from '../search/grammar';
import { matcher, type Reading } from '../search/matches';
import { compareValues, comparing } from '../search/order';
import { parseConditions, parseOrderBy } from '../search/parse';
import { bool, enumeration, int64, list, message, required, string, withDefault } from '../wire/fields';
import { checkEntityKey, checkLength, tagRecord } from '../wire/names';
import { KEY_VALUE, withinLimit } from './common';

const ID = { model_id: required(string) };
const STATUS = enumeration({
  LOGGED_MODEL_STATUS_UNSPECIFIED: 0,
  LOGGED_MODEL_PENDING: 1,
  LOGGED_MODEL_READY: 2,
  LOGGED_MODEL_UPLOAD_FAILED: 3,
});
const MAX_PARAM_VALUE = 6000;

export const loggedModelEndpoints = [
  endpoint({
    method: 'POST',
    path: 'logged-models',
    fields: {
      experiment_id: required(string),
      name: string,
      model_type: string,
      source_run_id: string,
      params: list(KEY_VALUE),
      tags: list(KEY_VALUE),
    },
    handle: async ({ experiment_id, name, model_type, source_run_id, params, tags }) => ({
      model: loggedModelJson(
        await createLoggedModel({
          experimentId: experiment_id,
          name: name || randomRunName(),
          modelType: model_type || undefined,
          sourceRunId: source_run_id || undefined,
          params: paramRecord(params),
          tags: tagRecord(tags),
        }),
      ),
    }),
  }),
  endpoint({
    method: 'GET',
    path: 'logged-models/{model_id}',
    fields: ID,
    handle: async ({ model_id }) => ({ model: loggedModelJson(await getLoggedModel(model_id)) }),
  }),
  endpoint({
    method: 'PATCH',
    path: 'logged-models/{model_id}',
    fields: { ...ID, status: required(STATUS) },
    handle: async ({ model_id, status }) => {
      if (status !== 'LOGGED_MODEL_READY' && status !== 'LOGGED_MODEL_UPLOAD_FAILED')
        throw invalid(`Invalid model status: ${status}. Expected statuses: READY, FAILED`);
      return {
        model: loggedModelJson(await finalizeLoggedModel(model_id, status satisfies LoggedModelStatus)),
      };
    },
  }),
  endpoint({
    method: 'DELETE',
    path: 'logged-models/{model_id}',
    fields: ID,
    handle: async ({ model_id }) => {
      await deleteLoggedModel(model_id);
      return {};
    },
  }),
  endpoint({
    method: 'PATCH',
    path: 'logged-models/{model_id}/tags',
    fields: { ...ID, tags: list(KEY_VALUE) },
    handle: async ({ model_id, tags }) => ({
      model: loggedModelJson(await setLoggedModelTags(model_id, tagRecord(tags))),
    }),
  }),
  endpoint({
    method: 'DELETE',
    path: 'logged-models/{model_id}/tags/{tag_key}',
    fields: { ...ID, tag_key: required(string) },
    handle: async ({ model_id, tag_key }) => {
      await deleteLoggedModelTag(model_id, tag_key);
      return {};
    },
  }),
  endpoint({
    method: 'POST',
    path: 'logged-models/{model_id}/params',
    fields: { ...ID, params: list(KEY_VALUE) },
    handle: async ({ model_id, params }) => {
      await logLoggedModelParams(model_id, paramRecord(params));
      return {};
    },
  }),
  endpoint({
    method: 'POST',
    path: 'logged-models/search',
    fields: {
      experiment_ids: list(string),
      filter: string,
      datasets: list(message({ dataset_name: required(string), dataset_digest: string })),
      max_results: withDefault(int64, 50),
      order_by: list(
        message({
          field_name: required(string),
          ascending: withDefault(bool, true),
          dataset_name: string,
          dataset_digest: string,
        }),
      ),
      page_token: string,
    },
    handle: async (
      { experiment_ids, filter, datasets, max_results, order_by, page_token },
      { orFilters },
    ) => {
      const limit = withinLimit(max_results, 50_000);
      const wanted = datasets.map(({ dataset_name, dataset_digest }) => ({
        name: dataset_name,
        digest: dataset_digest,
      }));
      const matches = matcher(
        mapClauses(parseConditions(LOGGED_MODELS, filter, orFilters), withWireStatus),
        (model: LoggedModel, field) =>
          field.entity === 'metric' ? metricsOf(model, field.key, wanted) : read(model, field),
      );
      const orders = order_by.map((order) => {
        if (order.dataset_digest !== undefined && order.dataset_name === undefined)
          throw invalid('`dataset_digest` can only be specified if `dataset_name` is also specified.');
        const [field] = parseOrderBy(LOGGED_MODELS, [order.field_name]);
        return { ...(field as NonNullable<typeof field>), ascending: order.ascending, of: order };
      });
      const compare = orders.reduceRight(
        (tie, order) => comparing([order], (model: LoggedModel, field) => read(model, field, order.of), tie),
        (a: LoggedModel, b: LoggedModel) => b.createdAt - a.createdAt || compareValues(a.modelId, b.modelId),
      );
      const found = await Promise.all([...new Set(experiment_ids)].map(modelsOf));
      const { page, next } = pageOf(found.flat().filter(matches).sort(compare), limit, page_token);
      return { models: page.map(loggedModelJson), next_page_token: next };
    },
  }),
];

/** Those of a deleted or unknown experiment are not found. */
async function modelsOf(experimentId: string): Promise<LoggedModel[]> {
  const experiment = await getExperiment(experimentId).catch(() => undefined);
  return experiment?.lifecycleStage === 'active' ? listLoggedModels(experimentId) : [];
}

function read(
  model: LoggedModel,
  { entity, key }: Field,
  of: { readonly dataset_name?: string | undefined; readonly dataset_digest?: string | undefined } = {},
): Reading {
  switch (entity) {
    case 'metric':
      return metricsOf(
        model,
        key,
        of.dataset_name === undefined ? [] : [{ name: of.dataset_name, digest: of.dataset_digest }],
      ).at(-1);
    case 'parameter':
      return own(model.params, key);
    case 'tag':
      return own(model.tags, key);
    default:
      return ATTRIBUTES[key]?.(model);
  }
}

const ATTRIBUTES: Readonly<Record<string, (model: LoggedModel) => Reading>> = {
  name: (model) => model.name,
  model_id: (model) => model.modelId,
  model_type: (model) => model.modelType,
  status: (model) => model.status,
  source_run_id: (model) => model.sourceRunId,
  experiment_id: (model) => model.experimentId,
  creation_timestamp: (model) => model.createdAt,
  last_updated_timestamp: (model) => model.updatedAt,
};

/** Users write READY, the wire says LOGGED_MODEL_READY. */
function withWireStatus(clause: Clause): Clause {
  if (clause.entity !== 'attribute' || clause.key !== 'status' || typeof clause.value !== 'string')
    return clause;
  const names: Readonly<Record<string, string>> = {
    PENDING: 'LOGGED_MODEL_PENDING',
    READY: 'LOGGED_MODEL_READY',
    FAILED: 'LOGGED_MODEL_UPLOAD_FAILED',
  };
  return { ...clause, value: names[clause.value] ?? clause.value };
}

/** Values of a metric, earliest first; on the given datasets if there are any. */
function metricsOf(
  model: LoggedModel,
  key: string,
  datasets: readonly { readonly name: string; readonly digest: string | undefined }[],
): number[] {
  return Object.values(model.metrics)
    .filter((metric) => metric.key === key)
    .filter(
      ({ of }) =>
        datasets.length === 0 ||
        datasets.some(
          ({ name, digest }) =>
            of?.datasetName === name && (digest === undefined || of.datasetDigest === digest),
        ),
    )
    .sort((a, b) => a.timestamp - b.timestamp)
    .map((metric) => Number(metric.v));
}

function paramRecord(
  params: readonly { readonly key: string; readonly value?: string | undefined }[],
): Record<string, string> {
  return Object.fromEntries(
    params.map(({ key, value = '' }, i) => {
      checkEntityKey(key, `params[${i}].key`, 'Param key');
      checkLength(value, MAX_PARAM_VALUE, `params[${i}].value`);
      return [key, value];
    }),
  );
}
