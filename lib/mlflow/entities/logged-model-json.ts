import type { LoggedModel } from '../../tracking/logged-models';
import { pointOf } from '../../tracking/metrics';
import { toClientUri } from '../artifact-uris';
import { keyValues } from './key-values';
import { metricJson } from './metric-json';

export function loggedModelJson(model: LoggedModel): object {
  return {
    info: {
      model_id: model.modelId,
      experiment_id: model.experimentId,
      name: model.name,
      creation_timestamp_ms: model.createdAt,
      last_updated_timestamp_ms: model.updatedAt,
      artifact_uri: toClientUri(model.artifactUri),
      status: model.status,
      model_type: model.modelType,
      source_run_id: model.sourceRunId,
      tags: keyValues(model.tags),
    },
    data: {
      params: keyValues(model.params),
      metrics: Object.values(model.metrics).map((metric) => ({
        ...metricJson(pointOf(metric.key, metric), metric.runId),
        model_id: model.modelId,
      })),
    },
  };
}
