/**
 * What each endpoint needs: which permission, on what, and by which fields that is found. The permissions are those of
 * MLflow's own server, except that renaming needs MANAGE of both names, as names are what permissions go by. An endpoint
 * that is not in the table is for administrators alone.
 */
import type { Permission } from '../../model/tracking-permissions';
import {
  experimentById,
  experimentByName,
  experimentOf,
  experimentOfModel,
  experimentOfPath,
  model,
  modelsWithFile,
  ownersOfSource,
  type Subject,
} from './subjects';

/** Fields of a request as they were read; of raw endpoints the path and the query. */
export type Values = Readonly<Record<string, unknown>>;

export interface Check {
  readonly needs: Exclude<Permission, 'NONE'>;
  readonly of: (values: Values) => Promise<readonly Subject[]>;
  /** It is enough to have the permission on one of these. */
  readonly orOneOf?: (values: Values) => Promise<readonly Subject[]>;
}

export type Need =
  /** Tells nothing of what is stored. */
  | { readonly kind: 'open' }
  | { readonly kind: 'administrator' }
  /** The endpoint itself leaves out what may not be read. */
  | { readonly kind: 'filtered' }
  /** Experiments that may not be read are taken out of the field. */
  | { readonly kind: 'narrowed'; readonly field: string }
  | { readonly kind: 'checked'; readonly checks: readonly Check[] };

type Find = (value: string) => Promise<readonly Subject[]>;

/** Subjects of all values of some fields, of lists and of members of lists (`metrics[].model_id`). */
const by =
  (find: Find, ...fields: readonly string[]) =>
  async (values: Values): Promise<readonly Subject[]> => {
    const given = [...new Set(fields.flatMap((field) => valuesOf(values, field)))];
    return (await Promise.all(given.map(find))).flat();
  };

function valuesOf(values: Values, field: string): string[] {
  const [name = '', member] = field.split('[].');
  const found = [values[name]].flat();
  const inner = member === undefined ? found : found.map((one) => (Object(one) as Values)[member]);
  return inner.filter((one): one is string => typeof one === 'string' && one !== '');
}

const checked = (...checks: Check[]): Need => ({ kind: 'checked', checks });
const one = (needs: Check['needs'], find: Find, ...fields: string[]): Need =>
  checked({ needs, of: by(find, ...fields) });

const named: Find = async (name) => [model(name)];
const experiment = (needs: Check['needs']) => one(needs, experimentById, 'experiment_id');
const run = (needs: Check['needs']) => one(needs, experimentOf, 'run_id', 'run_uuid');
const loggedModel = (needs: Check['needs']) => one(needs, experimentOfModel, 'model_id');
const registered = (needs: Check['needs']) => one(needs, named, 'name');
const file = (needs: Check['needs']) => one(needs, experimentOfPath, 'path');
const fileToRead = checked({
  needs: 'READ',
  of: by(experimentOfPath, 'path'),
  orOneOf: by(modelsWithFile, 'path'),
});
/** What is logged of other models than the run's own stands in these too. */
const runAndModels = (field: string) =>
  checked(
    { needs: 'EDIT', of: by(experimentOf, 'run_id') },
    { needs: 'EDIT', of: by(experimentOfModel, field) },
  );
const OPEN: Need = { kind: 'open' };
const ADMINISTRATOR: Need = { kind: 'administrator' };
const FILTERED: Need = { kind: 'filtered' };
const experiments: Need = { kind: 'narrowed', field: 'experiment_ids' };
/** A place of one's own choice could be that of another experiment's files. */
const ownPlace: Check = {
  needs: 'MANAGE',
  of: async ({ artifact_location: place }) =>
    typeof place === 'string' && place !== '' ? [{ kind: 'everything' }] : [],
};

const ARTIFACTS = '/api/2.0/mlflow-artifacts';
const PAGE = '/api/2.0/mlflow';

/** By method and path, as the endpoints have them. */
const NEEDS: Readonly<Record<string, Need>> = {
  'POST experiments/create': checked({ needs: 'EDIT', of: by(experimentByName, 'name') }, ownPlace),
  'GET experiments/get': experiment('READ'),
  'GET experiments/get-by-name': one('READ', experimentByName, 'experiment_name'),
  'POST experiments/update': checked(
    { needs: 'MANAGE', of: by(experimentById, 'experiment_id') },
    { needs: 'MANAGE', of: by(experimentByName, 'new_name') },
  ),
  'POST experiments/delete': experiment('MANAGE'),
  'POST experiments/restore': experiment('MANAGE'),
  'POST experiments/set-experiment-tag': experiment('EDIT'),
  'POST experiments/delete-experiment-tag': experiment('EDIT'),
  'POST experiments/search': FILTERED,
  'GET experiments/search': FILTERED,
  'POST experiments/search-datasets': experiments,

  'POST runs/create': experiment('EDIT'),
  'GET runs/get': run('READ'),
  'POST runs/update': run('EDIT'),
  'POST runs/delete': run('MANAGE'),
  'POST runs/restore': run('MANAGE'),
  'POST runs/search': experiments,
  'POST runs/log-parameter': run('EDIT'),
  'POST runs/log-metric': runAndModels('model_id'),
  'POST runs/log-batch': runAndModels('metrics[].model_id'),
  'POST runs/set-tag': run('EDIT'),
  'POST runs/delete-tag': run('EDIT'),
  'POST runs/log-model': run('EDIT'),
  'POST runs/log-inputs': runAndModels('models[].model_id'),
  'POST runs/outputs': runAndModels('models[].model_id'),
  'POST task-runs/start': one('EDIT', experimentByName, 'pipeline'),
  'GET metrics/get-history': run('READ'),
  'GET metrics/get-history-bulk': run('READ'),
  'GET metrics/get-history-bulk-interval': one('READ', experimentOf, 'run_ids'),

  'GET artifacts/list': run('READ'),
  'POST artifacts/presigned-upload-url': run('EDIT'),
  [`GET ${ARTIFACTS}/artifacts`]: checked({
    needs: 'READ',
    of: async ({ path }) => experimentOfPath(typeof path === 'string' ? path : ''),
    orOneOf: by(modelsWithFile, 'path'),
  }),
  [`GET ${ARTIFACTS}/artifacts/{path...}`]: fileToRead,
  [`GET ${ARTIFACTS}/presigned/{path...}`]: fileToRead,
  [`PUT ${ARTIFACTS}/artifacts/{path...}`]: file('EDIT'),
  [`DELETE ${ARTIFACTS}/artifacts/{path...}`]: file('MANAGE'),
  [`POST ${ARTIFACTS}/mpu/create/{path...}`]: file('EDIT'),
  [`POST ${ARTIFACTS}/mpu/complete/{path...}`]: file('EDIT'),
  [`POST ${ARTIFACTS}/mpu/abort/{path...}`]: file('EDIT'),
  'GET /get-artifact': run('READ'),
  [`POST ${PAGE}/upload-artifact`]: run('EDIT'),
  'GET /model-versions/get-artifact': registered('READ'),
  [`GET ${PAGE}/logged-models/{model_id}/artifacts/files`]: loggedModel('READ'),

  'POST logged-models': experiment('EDIT'),
  'GET logged-models/{model_id}': loggedModel('READ'),
  'PATCH logged-models/{model_id}': loggedModel('EDIT'),
  'DELETE logged-models/{model_id}': loggedModel('MANAGE'),
  'PATCH logged-models/{model_id}/tags': loggedModel('EDIT'),
  'DELETE logged-models/{model_id}/tags/{tag_key}': loggedModel('EDIT'),
  'POST logged-models/{model_id}/params': loggedModel('EDIT'),
  'POST logged-models/search': experiments,
  'GET logged-models/{model_id}/artifacts/directories': loggedModel('READ'),

  'POST registered-models/create': registered('EDIT'),
  'GET registered-models/get': registered('READ'),
  'PATCH registered-models/update': registered('EDIT'),
  'POST registered-models/rename': one('MANAGE', named, 'name', 'new_name'),
  'DELETE registered-models/delete': registered('MANAGE'),
  'GET registered-models/search': FILTERED,
  'POST registered-models/get-latest-versions': registered('READ'),
  'GET registered-models/get-latest-versions': registered('READ'),
  'POST registered-models/set-tag': registered('EDIT'),
  'DELETE registered-models/delete-tag': registered('EDIT'),
  'POST registered-models/alias': registered('EDIT'),
  'DELETE registered-models/alias': registered('EDIT'),
  'GET registered-models/alias': registered('READ'),

  'POST model-versions/create': checked(
    { needs: 'EDIT', of: by(named, 'name') },
    { needs: 'READ', of: by(ownersOfSource, 'source') },
    { needs: 'READ', of: by(experimentOf, 'run_id') },
    { needs: 'READ', of: by(experimentOfModel, 'model_id') },
  ),
  'GET model-versions/get': registered('READ'),
  'PATCH model-versions/update': registered('EDIT'),
  'POST model-versions/transition-stage': registered('EDIT'),
  'DELETE model-versions/delete': registered('MANAGE'),
  'GET model-versions/search': FILTERED,
  'GET model-versions/get-download-uri': registered('READ'),
  'POST model-versions/set-tag': registered('EDIT'),
  'DELETE model-versions/delete-tag': registered('EDIT'),

  // Who hears of all models' changes, and where secrets lie.
  'POST webhooks': ADMINISTRATOR,
  'GET webhooks': ADMINISTRATOR,
  'GET webhooks/{webhook_id}': ADMINISTRATOR,
  'PATCH webhooks/{webhook_id}': ADMINISTRATOR,
  'DELETE webhooks/{webhook_id}': ADMINISTRATOR,
  'POST webhooks/{webhook_id}/test': ADMINISTRATOR,

  'GET /health': OPEN,
  'GET /version': OPEN,
  'GET /api/3.0/mlflow/server-info': OPEN,
  [`GET ${PAGE}/users/current`]: OPEN,
  [`GET ${PAGE}/gateway-proxy`]: OPEN,
  'GET /api/3.0/mlflow/ui-telemetry': OPEN,
  'POST /api/3.0/mlflow/ui-telemetry': OPEN,
  'GET /api/3.0/mlflow/assistant/config': OPEN,
  'GET /api/3.0/mlflow/assistant/providers': OPEN,
  'POST /api/3.0/mlflow/traces/search': OPEN,
  'POST /api/3.0/mlflow/traces/metrics': OPEN,
  'POST /api/3.0/mlflow/datasets/search': OPEN,
  'GET /api/3.0/mlflow/scorers/list': OPEN,
  'GET /api/3.0/mlflow/gateway/endpoints/list': OPEN,
  'GET /api/3.0/mlflow/gateway/secrets/list': OPEN,
  'POST /api/3.0/mlflow/issues/search': OPEN,
};

/** @param path as the endpoint has it, with its places in braces */
export function needOf(method: string, path: string): Need {
  return declaredNeed(method, path) ?? ADMINISTRATOR;
}

/** `undefined` for an endpoint that nobody has thought about. */
export function declaredNeed(method: string, path: string): Need | undefined {
  const key = `${method} ${path}`;
  return Object.hasOwn(NEEDS, key) ? NEEDS[key] : undefined;
}
