import { logBatch } from '../../tracking/log-batch';
import { getLoggedModel, logLoggedModelMetrics } from '../../tracking/logged-models';
import { logMetrics, metricHistory, metricHistoryPage, type MetricPoint } from '../../tracking/metrics';
import { endpoint } from '../endpoint';
import { metricJson } from '../entities/metric-json';
import { invalid } from '../mlflow-error';
import { pageToken, readPageToken } from '../page-token';
import { double, int64, list, message, required, string, withDefault, type Message } from '../wire/fields';
import { checkEntityKey, checkLength, tagRecord } from '../wire/names';
import { SEE, wrong } from '../wire/read-message';
import { KEY_VALUE, withinLimit } from './common';

const METRIC = {
  key: required(string),
  value: required(double),
  timestamp: required(int64),
  step: withDefault(int64, 0),
  model_id: string,
  dataset_name: string,
  dataset_digest: string,
};

const MAX_BATCH_CHARACTERS = 1_000_000;
const MAX_METRICS = 1000;
const MAX_OTHERS = 100;
const MAX_RUNS = 100;
const MAX_HISTORY = 25_000;
const MAX_INTERVAL = 2500;

export const metricEndpoints = [
  endpoint({
    method: 'POST',
    path: 'runs/log-metric',
    fields: { run_id: required(string), ...METRIC },
    handle: async ({ run_id, ...metric }) => {
      await log(run_id, [pointFrom(metric, '')]);
      return {};
    },
  }),
  endpoint({
    method: 'POST',
    path: 'runs/log-batch',
    body: {
      limit: MAX_BATCH_CHARACTERS,
      refusal: (length) =>
        `Batched logging API requests must be at most ${MAX_BATCH_CHARACTERS} bytes, got a request of size ${length}.`,
    },
    fields: {
      run_id: required(string),
      metrics: list(message(METRIC)),
      params: list(KEY_VALUE),
      tags: list(KEY_VALUE),
    },
    handle: async ({ run_id, metrics, params, tags }) => {
      const points = metrics.map((metric, i) => pointFrom(metric, `metrics[${i}].`));
      for (const [i, { key }] of params.entries()) checkEntityKey(key, `params[${i}].key`, 'Param key');
      const tagged = tagRecord(tags, { at: 'tags' });
      checkBatch('metrics', metrics.length, MAX_METRICS);
      checkBatch('params', params.length, MAX_OTHERS);
      checkBatch('tags', tags.length, MAX_OTHERS);
      checkBatch('metrics, params, and tags', metrics.length + params.length + tags.length, MAX_METRICS);
      checkUnique(params.map(({ key }) => key));
      await log(run_id, points, {
        params: Object.fromEntries(params.map(({ key, value = '' }) => [key, value])),
        tags: tagged,
      });
      return {};
    },
  }),
  endpoint({
    method: 'GET',
    path: 'metrics/get-history',
    fields: {
      run_id: required(string),
      metric_key: required(string),
      page_token: string,
      max_results: int64,
    },
    handle: async ({ run_id, metric_key, page_token, max_results }) => {
      const limit = max_results === undefined ? undefined : withinLimit(max_results, MAX_HISTORY);
      const { after } = readPageToken(page_token);
      const points = await metricHistoryPage(run_id, metric_key, {
        limit,
        after: after === undefined ? undefined : pointAfter(after),
      });
      const last = points.at(-1);
      const more = limit !== undefined && points.length === limit && last !== undefined;
      return {
        metrics: points.map((point) => metricJson(point)),
        next_page_token: more ? pageToken({ after: placeOf(last) }) : undefined,
      };
    },
  }),
  endpoint({
    method: 'GET',
    path: 'metrics/get-history-bulk',
    fields: { run_id: list(string), metric_key: string, max_results: int64 },
    handle: async ({ run_id, metric_key = '', max_results = MAX_HISTORY }) => {
      if (run_id.length === 0)
        throw invalid('GetMetricHistoryBulk request must specify at least one run_id.');
      if (run_id.length > MAX_RUNS) {
        throw invalid(
          `GetMetricHistoryBulk request cannot specify more than ${MAX_RUNS} run_ids. Received ${run_id.length} run_ids.`,
        );
      }
      if (metric_key === '') throw invalid('GetMetricHistoryBulk request must specify a metric_key.');
      const limit = Math.min(withinLimit(max_results, Number.MAX_SAFE_INTEGER), MAX_HISTORY);
      const runs = [...new Set(run_id)].sort();
      const histories = await Promise.all(
        runs.map(async (run) =>
          (await metricHistoryPage(run, metric_key, { limit })).map((point) => metricJson(point, run)),
        ),
      );
      return { metrics: histories.flat().slice(0, limit) };
    },
  }),
  endpoint({
    method: 'GET',
    path: 'metrics/get-history-bulk-interval',
    fields: {
      run_ids: required(list(string)),
      metric_key: required(string),
      start_step: int64,
      end_step: int64,
      max_results: int64,
    },
    handle: async ({ run_ids, metric_key, start_step, end_step, max_results = MAX_INTERVAL }) => {
      if (run_ids.length > MAX_RUNS) {
        throw invalid(
          `GetMetricHistoryBulkInterval request must specify at most ${MAX_RUNS} run_ids. Received ${run_ids.length} run_ids.${SEE}`,
        );
      }
      if (max_results < 1 || max_results > MAX_INTERVAL)
        throw invalid(`max_results must be between 1 and ${MAX_INTERVAL}.${SEE}`);
      if ((start_step === undefined) !== (end_step === undefined))
        throw invalid('If either start step or end step are specified, both must be specified.');
      if (start_step !== undefined && end_step !== undefined && start_step > end_step) {
        throw invalid(
          `end_step must be greater than start_step. Found start_step=${start_step} and end_step=${end_step}.`,
        );
      }
      const runs = [...new Set(run_ids)].sort();
      const histories = await Promise.all(
        runs.map(async (run) => ({
          run,
          points: (await metricHistory(run, metric_key)).filter(
            ({ step }) => step >= (start_step ?? -Infinity) && step <= (end_step ?? Infinity),
          ),
        })),
      );
      const steps = sampledSteps(
        histories.map(({ points }) => points.map(({ step }) => step)),
        max_results,
      );
      return {
        metrics: histories.flatMap(({ run, points }) =>
          points
            .filter(({ step }) => steps.has(step))
            .sort((a, b) => a.step - b.step || a.timestamp - b.timestamp)
            .slice(0, MAX_INTERVAL)
            .map((point) => metricJson(point, run)),
        ),
      };
    },
  }),
];

/** A metric of a logged model stands in the run and in the model. */
async function log(
  runId: string,
  points: readonly MetricPoint[],
  rest?: { readonly params: Record<string, string>; readonly tags: Record<string, string> },
): Promise<void> {
  const byModel = new Map<string, MetricPoint[]>();
  for (const point of points) {
    const modelId = point.of?.modelId;
    if (modelId !== undefined) byModel.set(modelId, [...(byModel.get(modelId) ?? []), point]);
  }
  for (const modelId of byModel.keys()) await getLoggedModel(modelId);
  if (rest === undefined) await logMetrics(runId, points);
  else await logBatch(runId, { metrics: points, ...rest });
  for (const [modelId, own] of byModel) await logLoggedModelMetrics(modelId, runId, own);
}

function pointFrom(metric: Message<typeof METRIC>, at: string): MetricPoint {
  const { key, value, timestamp, step, model_id, dataset_name, dataset_digest } = metric;
  checkEntityKey(key, `${at}name`, 'Metric name');
  if (timestamp < 0 || !Number.isSafeInteger(timestamp)) {
    throw wrong(
      `${at}timestamp`,
      timestamp,
      `metric '${key}' (value=${Number.isInteger(value) ? `${value}.0` : value}). Timestamp must be a nonnegative long (64-bit integer) `,
    );
  }
  checkLength(dataset_name ?? '', 500, `${at}dataset_name`);
  const of = {
    ...(model_id === undefined || model_id === '' ? {} : { modelId: model_id }),
    ...(dataset_name === undefined || dataset_name === '' ? {} : { datasetName: dataset_name }),
    ...(dataset_digest === undefined || dataset_digest === '' ? {} : { datasetDigest: dataset_digest }),
  };
  return { key, value, timestamp, step, ...(Object.keys(of).length === 0 ? {} : { of }) };
}

function checkBatch(what: string, count: number, limit: number): void {
  if (count > limit) {
    throw invalid(
      `A batch logging request can contain at most ${limit} ${what}. Got ${count} ${what}. Please split up ${what} across multiple requests and try again.`,
    );
  }
}

function checkUnique(keys: readonly string[]): void {
  const twice = keys.filter((key, i) => keys.indexOf(key) !== i);
  if (twice.length > 0) {
    throw invalid(
      `Duplicate parameter keys have been submitted: [${twice.map((key) => `'${key}'`).join(', ')}]. Please ensure the request contains only one param value per param key.`,
    );
  }
}

/** Evenly spread over all steps; the first and last step of each run are always among them. */
function sampledSteps(stepsOfRuns: readonly (readonly number[])[], count: number): Set<number> {
  const all = [...new Set(stepsOfRuns.flat())].sort((a, b) => a - b);
  if (all.length <= count) return new Set(all);
  const interval = all.length / count;
  const sampled = new Set(
    Array.from({ length: count }, (_step, i) => all[Math.floor(i * interval)] as number),
  );
  sampled.add(all.at(-1) as number);
  for (const steps of stepsOfRuns) {
    if (steps.length === 0) continue;
    sampled.add(steps.reduce((a, b) => Math.min(a, b)));
    sampled.add(steps.reduce((a, b) => Math.max(a, b)));
  }
  return sampled;
}

function placeOf({ timestamp, step, value }: MetricPoint): string {
  return `${timestamp} ${step} ${value}`;
}

function pointAfter(place: string): Omit<MetricPoint, 'key'> & { readonly key: string } {
  const [timestamp = Number.NaN, step = Number.NaN, value = Number.NaN] = place.split(' ').map(Number);
  if (!Number.isSafeInteger(timestamp) || !Number.isSafeInteger(step))
    throw invalid(`Invalid page token, parsed value=${place}`);
  return { key: '', timestamp, step, value };
}
