import type { MetricPoint } from '../../tracking/metrics';

export function metricJson({ key, value, timestamp, step, of }: MetricPoint, runId?: string): object {
  return {
    key,
    value,
    timestamp,
    step,
    model_id: of?.modelId,
    dataset_name: of?.datasetName,
    dataset_digest: of?.datasetDigest,
    run_id: runId,
  };
}
