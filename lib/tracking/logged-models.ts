/**
 * Logged models, in MLflow's sense: a model that a run made, before or without its being registered. One item holds what
 * it is, its params, tags and the latest value of each metric; it changes only if nobody else has changed it since it was read.
 */
import { randomBytes } from 'node:crypto';
import { NEW, put, TableBusy, type Key } from '../aws/dynamo-table';
import { pauseBefore } from '../aws/pause';
import { trackingTable } from '../aws/tables';
import { getExperiment } from './experiments';
import { loggedModelKey, loggedModelPointerKey } from './keys';
import { isLater, type MetricPoint } from './metrics';
import type { LatestMetric } from './run-document';
import { TrackingRefused } from './tracking-refused';

export type LoggedModelStatus = 'LOGGED_MODEL_PENDING' | 'LOGGED_MODEL_READY' | 'LOGGED_MODEL_UPLOAD_FAILED';

/** Latest point of a metric of one run on one dataset. */
export interface LoggedModelMetric extends LatestMetric {
  readonly key: string;
  readonly runId: string;
}

export interface LoggedModel {
  /** `m-` and 32 hex digits. */
  readonly modelId: string;
  readonly experimentId: string;
  readonly name: string;
  readonly modelType?: string;
  readonly sourceRunId?: string;
  readonly status: LoggedModelStatus;
  readonly artifactUri: string;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly params: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
  /** By metric, run and dataset. */
  readonly metrics: Readonly<Record<string, LoggedModelMetric>>;
  readonly deleted?: true;
  readonly rev: number;
}

export interface NewLoggedModel {
  readonly experimentId: string;
  readonly name: string;
  readonly modelType?: string | undefined;
  readonly sourceRunId?: string | undefined;
  readonly params: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
}

const MAX_ATTEMPTS = 40;

/** @throws TrackingRefused for an unknown or deleted experiment, or a bad name */
export async function createLoggedModel(request: NewLoggedModel): Promise<LoggedModel> {
  const { artifactLocation, lifecycleStage } = await getExperiment(request.experimentId);
  if (lifecycleStage === 'deleted') {
    throw new TrackingRefused(
      'INVALID_PARAMETER_VALUE',
      `The experiment ${request.experimentId} must be in the 'active' state. Current state is deleted.`,
    );
  }
  checkName(request.name);
  const modelId = `m-${randomBytes(16).toString('hex')}`;
  const now = Date.now();
  const model: LoggedModel = {
    modelId,
    experimentId: request.experimentId,
    name: request.name,
    ...(request.modelType === undefined ? {} : { modelType: request.modelType }),
    ...(request.sourceRunId === undefined ? {} : { sourceRunId: request.sourceRunId }),
    status: 'LOGGED_MODEL_PENDING',
    artifactUri: `${artifactLocation}/models/${modelId}/artifacts`,
    createdAt: now,
    updatedAt: now,
    params: request.params,
    tags: request.tags,
    metrics: {},
    rev: 1,
  };
  await trackingTable().transact([
    put({ ...loggedModelPointerKey(modelId), experimentId: model.experimentId, createdAt: now }, NEW),
    put({ ...loggedModelKey(model.experimentId, now, modelId), ...model }),
  ]);
  return model;
}

/** @throws TrackingRefused RESOURCE_DOES_NOT_EXIST, also when it is deleted */
export async function getLoggedModel(modelId: string): Promise<LoggedModel> {
  return present((await locateModel(modelId)).model);
}

/** Newest first, without deleted ones. */
export async function listLoggedModels(experimentId: string): Promise<LoggedModel[]> {
  return (await allLoggedModels(experimentId)).filter((model) => model.deleted !== true);
}

/** Newest first, deleted ones included. */
export async function allLoggedModels(experimentId: string): Promise<LoggedModel[]> {
  return trackingTable().query<LoggedModel>({ pk: `E#${experimentId}`, prefix: 'L#' });
}

export async function finalizeLoggedModel(modelId: string, status: LoggedModelStatus): Promise<LoggedModel> {
  return changeLoggedModel(modelId, (model) => (model.status === status ? model : { ...model, status }));
}

/** Deleting a deleted one changes nothing. @throws TrackingRefused when there never was one */
export async function deleteLoggedModel(modelId: string): Promise<void> {
  await changeAnyLoggedModel(modelId, (model) =>
    model.deleted === true ? model : { ...model, deleted: true },
  );
}

/** The last value wins. */
export async function setLoggedModelTags(
  modelId: string,
  tags: Readonly<Record<string, string>>,
): Promise<LoggedModel> {
  return changeLoggedModel(modelId, (model) => ({ ...model, tags: { ...model.tags, ...tags } }));
}

/** @throws TrackingRefused RESOURCE_DOES_NOT_EXIST for an unknown model or tag */
export async function deleteLoggedModelTag(modelId: string, key: string): Promise<void> {
  await changeLoggedModel(modelId, (model) => {
    const { [key]: gone, ...tags } = model.tags;
    if (gone === undefined) {
      throw new TrackingRefused(
        'RESOURCE_DOES_NOT_EXIST',
        `No tag with key '${key}' found for model with ID '${modelId}'.`,
      );
    }
    return { ...model, tags };
  });
}

export async function logLoggedModelParams(
  modelId: string,
  params: Readonly<Record<string, string>>,
): Promise<LoggedModel> {
  return changeLoggedModel(modelId, (model) => ({ ...model, params: { ...model.params, ...params } }));
}

/** Keeps the latest point of each metric, run and dataset. */
export async function logLoggedModelMetrics(
  modelId: string,
  runId: string,
  points: readonly MetricPoint[],
): Promise<void> {
  await changeLoggedModel(modelId, (model) => {
    const metrics: Record<string, LoggedModelMetric> = { ...model.metrics };
    for (const { key, value, timestamp, step, of } of points) {
      const id = JSON.stringify([key, runId, of?.datasetName ?? '', of?.datasetDigest ?? '']);
      const point = { key, runId, v: String(value), timestamp, step, ...(of === undefined ? {} : { of }) };
      const known = metrics[id];
      if (known === undefined || isLater(point, known)) metrics[id] = point;
    }
    return { ...model, metrics };
  });
}

async function changeLoggedModel(
  modelId: string,
  change: (model: LoggedModel) => LoggedModel,
): Promise<LoggedModel> {
  return changeAnyLoggedModel(modelId, (model) => change(present(model)));
}

async function changeAnyLoggedModel(
  modelId: string,
  change: (model: LoggedModel) => LoggedModel,
): Promise<LoggedModel> {
  const table = trackingTable();
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    if (attempt > 0) await pauseBefore(attempt, 5, 200);
    const { key, model } = await locateModel(modelId);
    const changed = change(model);
    if (changed === model) return model;
    const next = { ...changed, updatedAt: Date.now(), rev: model.rev + 1 };
    const written = await table.put(
      { ...key, ...next },
      { ConditionExpression: 'rev = :rev', ExpressionAttributeValues: { ':rev': model.rev } },
    );
    if (written) return next;
  }
  throw new TableBusy(table.name);
}

async function locateModel(modelId: string): Promise<{ key: Key; model: LoggedModel }> {
  const table = trackingTable();
  const pointer = await table.get<{ experimentId: string; createdAt: number }>(
    loggedModelPointerKey(modelId),
  );
  const key =
    pointer === undefined ? undefined : loggedModelKey(pointer.experimentId, pointer.createdAt, modelId);
  const model = key === undefined ? undefined : await table.get<LoggedModel>(key);
  if (key === undefined || model === undefined) throw noModel(modelId);
  return { key, model };
}

function present(model: LoggedModel): LoggedModel {
  if (model.deleted === true) throw noModel(model.modelId);
  return model;
}

function noModel(modelId: string): TrackingRefused {
  return new TrackingRefused('RESOURCE_DOES_NOT_EXIST', `Logged model with ID '${modelId}' not found.`);
}

function checkName(name: string): void {
  if (name === '' || /[/:.%"']/.test(name)) {
    throw new TrackingRefused(
      'INVALID_PARAMETER_VALUE',
      `Invalid model name ('${name}') provided. Model name must be a non-empty string and cannot contain the following characters: ('/', ':', '.', '%', '"', "'")`,
    );
  }
}
