/** Tracked runs side by side. */
import { metricHistory } from '../tracking/metrics';
import type { RunDocument } from '../tracking/run-document';

export interface RunComparison {
  readonly runs: readonly {
    readonly runId: string;
    readonly name: string;
    readonly status: string;
    readonly startedAt: string;
    readonly seconds: number | null;
  }[];
  /** Params that are not the same in all runs, with a value for each run; `null`: not logged. */
  readonly params: Readonly<Record<string, readonly (string | null)[]>>;
  /** How many params are the same in all runs. */
  readonly sameParams: number;
  /** Latest values; NaN and Infinity as text, as JSON has neither. */
  readonly metrics: Readonly<Record<string, readonly (number | string | null)[]>>;
}

export function compareTrackedRuns(runs: readonly RunDocument[]): RunComparison {
  const params = sideBySide(runs.map((run) => run.p));
  const differing = Object.entries(params).filter(([, values]) => new Set(values).size > 1);
  const metrics = sideBySide(runs.map((run) => run.m));
  return {
    runs: runs.map((run) => ({
      runId: run.runId,
      name: run.runName,
      status: run.status,
      startedAt: new Date(run.startTime).toISOString(),
      seconds: run.endTime === undefined ? null : (run.endTime - run.startTime) / 1000,
    })),
    params: Object.fromEntries(differing),
    sameParams: Object.keys(params).length - differing.length,
    metrics: Object.fromEntries(
      Object.entries(metrics).map(([name, values]) => [
        name,
        values.map((latest) => {
          if (latest === null) return null;
          const value = Number(latest.v);
          return Number.isFinite(value) ? value : latest.v;
        }),
      ]),
    ),
  };
}

export interface Curve {
  readonly metric: string;
  /** Index of the run. */
  readonly run: number;
  /** Step and value, ascending by step; of several values of a step the last. */
  readonly points: readonly (readonly [number, number])[];
}

/** Histories of the metrics that have more than one step. */
export async function readCurves(runs: readonly RunDocument[]): Promise<Curve[]> {
  const curves: Curve[] = [];
  for (const [run, { runId, m }] of runs.entries()) {
    for (const metric of Object.keys(m).sort()) {
      const points = new Map((await metricHistory(runId, metric)).map(({ step, value }) => [step, value]));
      if (points.size > 1)
        curves.push({ metric, run, points: [...points].sort(([left], [right]) => left - right) });
    }
  }
  return curves;
}

function sideBySide<T>(records: readonly Readonly<Record<string, T>>[]): Record<string, (T | null)[]> {
  const names = [...new Set(records.flatMap((record) => Object.keys(record)))].sort();
  return Object.fromEntries(
    names.map((name) => [
      name,
      records.map((record) => (Object.hasOwn(record, name) ? (record[name] ?? null) : null)),
    ]),
  );
}
