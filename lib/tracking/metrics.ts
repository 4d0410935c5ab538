/**
 * Metrics: every point is an item of its own whose key is MLflow's identity of a point, so that writing it again changes
 * nothing; the latest value of each, by (step, timestamp, value), stands in the run.
 */
import type { Item } from '../aws/dynamo-table';
import { trackingTable } from '../aws/tables';
import { metricHistoryPartition, metricPointKey } from './keys';
import { checkKey } from './limits';
import { changeRun } from './change-run';
import type { LatestMetric, MetricSubject, RunDocument } from './run-document';
import { sortableDouble } from './sortable-double';
import { TrackingRefused } from './tracking-refused';

export interface MetricPoint {
  readonly key: string;
  readonly value: number;
  /** Milliseconds since 1970. */
  readonly timestamp: number;
  readonly step: number;
  readonly of?: MetricSubject;
}

/** @throws TrackingRefused */
export async function logMetrics(runId: string, points: readonly MetricPoint[]): Promise<void> {
  checkPoints(points);
  await changeRun(
    runId,
    (run) => withMetrics(run, points),
    () => writeHistory(runId, points),
  );
}

/** Points of one metric, ascending by (timestamp, step, value); none for an unknown run or metric, as in MLflow. */
export async function metricHistory(runId: string, key: string): Promise<MetricPoint[]> {
  return metricHistoryPage(runId, key);
}

/** The part of the history behind a point, at most `limit` points. @default all */
export async function metricHistoryPage(
  runId: string,
  key: string,
  page: { readonly limit?: number | undefined; readonly after?: MetricPoint | undefined } = {},
): Promise<MetricPoint[]> {
  const items = await trackingTable().query<LatestMetric>({
    pk: metricHistoryPartition(runId, key),
    ...(page.limit === undefined ? {} : { limit: page.limit }),
    ...(page.after === undefined ? {} : { after: metricPointKey(runId, key, page.after).sk }),
  });
  return items.map((item) => pointOf(key, item));
}

export function pointOf(key: string, { v, timestamp, step, of }: LatestMetric): MetricPoint {
  return { key, value: Number(v), timestamp, step, ...(of === undefined ? {} : { of }) };
}

export async function writeHistory(runId: string, points: readonly MetricPoint[]): Promise<void> {
  await trackingTable().putAll(
    points.map((point): Item => ({
      ...metricPointKey(runId, point.key, point),
      v: String(point.value),
      timestamp: point.timestamp,
      step: point.step,
      ...(point.of === undefined ? {} : { of: point.of }),
    })),
  );
}

export function withMetrics(run: RunDocument, points: readonly MetricPoint[]): RunDocument {
  const latest: Record<string, LatestMetric> = {};
  for (const { key, value, timestamp, step, of } of points) {
    const point = { v: String(value), timestamp, step, ...(of === undefined ? {} : { of }) };
    const known = own(latest, key) ?? own(run.m, key);
    if (known === undefined || isLater(point, known)) latest[key] = point;
  }
  return Object.keys(latest).length === 0 ? run : { ...run, m: { ...run.m, ...latest } };
}

/** Metrics may be called like members of every object. */
function own(metrics: Readonly<Record<string, LatestMetric>>, key: string): LatestMetric | undefined {
  return Object.hasOwn(metrics, key) ? metrics[key] : undefined;
}

export function isLater(a: LatestMetric, b: LatestMetric): boolean {
  if (a.step !== b.step) return a.step > b.step;
  if (a.timestamp !== b.timestamp) return a.timestamp > b.timestamp;
  return sortableDouble(Number(a.v)) > sortableDouble(Number(b.v));
}

export function checkPoints(points: readonly MetricPoint[]): void {
  for (const { key, value, timestamp, step } of points) {
    checkKey('metric', key);
    const fault =
      typeof value !== 'number'
        ? `value ${JSON.stringify(value)} is not a number`
        : !Number.isSafeInteger(timestamp) || timestamp < 0
          ? `timestamp ${timestamp} is not a count of milliseconds since 1970`
          : !Number.isSafeInteger(step)
            ? `step ${step} is not an integer`
            : undefined;
    if (fault !== undefined)
      throw new TrackingRefused('INVALID_PARAMETER_VALUE', `Metric '${key}' cannot be logged: its ${fault}.`);
  }
}
