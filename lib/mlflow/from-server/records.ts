/** What a server of MLflow answers, as records of an export. */
import type { Experiment } from '../../tracking/experiments';
import type { LoggedModel, LoggedModelMetric, LoggedModelStatus } from '../../tracking/logged-models';
import type { ModelVersion } from '../../tracking/model-versions';
import type { Stage } from '../../tracking/registered-models';
import type { ClientDataset, LatestMetric, RunDocument, RunStatus } from '../../tracking/run-document';

// oxlint-disable-next-line typescript/no-explicit-any
type Answer = any;

const time = (value: unknown): number => Number(value ?? 0);
const instant = (value: unknown): string => new Date(time(value)).toISOString();
const record = (pairs: readonly { readonly key: string; readonly value?: string }[] = []) =>
  Object.fromEntries(pairs.map(({ key, value }) => [key, value ?? '']));

export function experimentOf(answer: Answer): Experiment {
  return {
    id: answer.experiment_id,
    name: answer.name,
    artifactLocation: answer.artifact_location ?? '',
    lifecycleStage: answer.lifecycle_stage === 'deleted' ? 'deleted' : 'active',
    createdAt: instant(answer.creation_time),
    updatedAt: instant(answer.last_update_time ?? answer.creation_time),
    tags: record(answer.tags),
  };
}

export function pointOf(answer: Answer): LatestMetric {
  return { v: String(answer.value), step: time(answer.step), timestamp: time(answer.timestamp) };
}

export function runOf({ info, data, inputs, outputs }: Answer, artifactUri: string): RunDocument {
  const deleted = info.lifecycle_stage === 'deleted';
  const models: Answer[] = inputs?.model_inputs ?? [];
  const made: Answer[] = outputs?.model_outputs ?? [];
  return {
    runId: info.run_id ?? info.run_uuid,
    experimentId: info.experiment_id,
    runName: info.run_name ?? '',
    status: (info.status ?? 'FINISHED') as RunStatus,
    startTime: time(info.start_time),
    ...(info.end_time === undefined ? {} : { endTime: time(info.end_time) }),
    artifactUri,
    lifecycleStage: deleted ? 'deleted' : 'active',
    ...(deleted ? { deletedAt: Date.now() } : {}),
    ...(info.user_id ? { userId: info.user_id } : {}),
    m: Object.fromEntries((data?.metrics ?? []).map((metric: Answer) => [metric.key, pointOf(metric)])),
    p: record(data?.params),
    t: record(data?.tags),
    inputs: {},
    datasets: Object.fromEntries(
      (inputs?.dataset_inputs ?? [])
        .map(datasetOf)
        .map((one: ClientDataset) => [`${one.name}#${one.digest}`, one]),
    ),
    ...(models.length === 0 ? {} : { modelInputs: models.map(({ model_id }) => model_id as string) }),
    ...(made.length === 0
      ? {}
      : { modelOutputs: Object.fromEntries(made.map(({ model_id, step }) => [model_id, time(step)])) }),
    rev: 1,
  };
}

function datasetOf({ dataset, tags }: Answer): ClientDataset {
  return {
    name: dataset.name,
    digest: dataset.digest,
    sourceType: dataset.source_type,
    source: dataset.source,
    ...(dataset.schema === undefined ? {} : { schema: dataset.schema }),
    ...(dataset.profile === undefined ? {} : { profile: dataset.profile }),
    tags: record(tags),
  };
}

export function loggedModelOf({ info, data }: Answer, artifactUri: string): LoggedModel {
  const metrics: LoggedModelMetric[] = (data?.metrics ?? []).map((metric: Answer) => ({
    ...pointOf(metric),
    key: metric.key,
    runId: metric.run_id ?? info.source_run_id ?? '',
    of: {
      modelId: info.model_id,
      ...(metric.dataset_name ? { datasetName: metric.dataset_name } : {}),
      ...(metric.dataset_digest ? { datasetDigest: metric.dataset_digest } : {}),
    },
  }));
  return {
    modelId: info.model_id,
    experimentId: info.experiment_id,
    name: info.name,
    ...(info.model_type ? { modelType: info.model_type } : {}),
    ...(info.source_run_id ? { sourceRunId: info.source_run_id } : {}),
    status: (info.status ?? 'LOGGED_MODEL_READY') as LoggedModelStatus,
    artifactUri,
    createdAt: time(info.creation_timestamp_ms),
    updatedAt: time(info.last_updated_timestamp_ms ?? info.creation_timestamp_ms),
    params: record(data?.params),
    tags: record(info.tags),
    metrics: Object.fromEntries(metrics.map((one) => [metricKey(one), one])),
    rev: 1,
  };
}

function metricKey({ key, runId, of }: LoggedModelMetric): string {
  return JSON.stringify([key, runId, of?.datasetName ?? '', of?.datasetDigest ?? '']);
}

export function versionOf(
  answer: Answer,
  places: { readonly source: string; readonly storage?: string },
): ModelVersion {
  return {
    name: answer.name,
    version: String(answer.version),
    stage: (answer.current_stage ?? 'None') as Stage,
    ...places,
    runId: answer.run_id ?? '',
    ...(answer.model_id ? { modelId: answer.model_id } : {}),
    ...(answer.run_link ? { runLink: answer.run_link } : {}),
    description: answer.description ?? '',
    tags: record(answer.tags),
    createdAt: instant(answer.creation_timestamp),
    updatedAt: instant(answer.last_updated_timestamp ?? answer.creation_timestamp),
  };
}
