import type { ClientDataset, DatasetInput, RunDocument } from '../../tracking/run-document';
import { toClientUri } from '../artifact-uris';
import { keyValues } from './key-values';

export function runJson(run: RunDocument): object {
  return {
    info: runInfoJson(run),
    data: {
      // What a metric was measured for stands in its history and in the logged model.
      metrics: Object.entries(run.m).map(([key, { v, timestamp, step }]) => ({
        key,
        value: Number(v),
        timestamp,
        step,
      })),
      params: keyValues(run.p),
      tags: keyValues(run.t),
    },
    inputs: {
      dataset_inputs: datasetsOf(run).map(({ name, digest, sourceType, source, schema, profile, tags }) => ({
        tags: keyValues(tags),
        dataset: { name, digest, source_type: sourceType, source, schema, profile },
      })),
      model_inputs: (run.modelInputs ?? []).map((model_id) => ({ model_id })),
    },
    outputs: {
      model_outputs: Object.entries(run.modelOutputs ?? {}).map(([model_id, step]) => ({ model_id, step })),
    },
  };
}

export function runInfoJson(run: RunDocument): object {
  return {
    run_id: run.runId,
    run_uuid: run.runId,
    run_name: run.runName,
    experiment_id: run.experimentId,
    user_id: userOf(run),
    status: run.status,
    start_time: run.startTime,
    end_time: run.endTime,
    artifact_uri: toClientUri(run.artifactUri),
    lifecycle_stage: run.lifecycleStage,
  };
}

export function userOf(run: RunDocument): string {
  return run.userId ?? run.t['mlflow.user'] ?? '';
}

/** Those that clients described, and those that tasks read. */
export function datasetsOf(run: RunDocument): ClientDataset[] {
  return [...Object.values(run.datasets ?? {}), ...Object.values(run.inputs).map(taskDataset)];
}

function taskDataset({ name, digest, uri, context, rows, columns }: DatasetInput): ClientDataset {
  return {
    name,
    digest,
    sourceType: 's3',
    source: JSON.stringify({ uri }),
    ...(columns === undefined
      ? {}
      : {
          schema: JSON.stringify({
            mlflow_colspec: columns.map((column) => ({ ...column, required: true })),
          }),
        }),
    ...(rows === undefined ? {} : { profile: JSON.stringify({ num_rows: rows }) }),
    tags: { 'mlflow.data.context': context },
  };
}
