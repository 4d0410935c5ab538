/** What tracked runs are drawn by: their metrics, and the params in which they differ. */
import type { TrackedRow } from '../../views/tracking';

export interface Axis {
  readonly name: string;
  readonly of: (run: TrackedRow) => number | string | undefined;
  readonly numeric: boolean;
  /** A metric, and no param. */
  readonly measured: boolean;
}

export function axesOf(runs: readonly TrackedRow[]): Axis[] {
  const params = [...new Set(runs.flatMap((run) => Object.keys(run.params)))]
    .sort()
    .filter((name) => new Set(runs.map((run) => run.params[name])).size > 1)
    .map((name): Axis => {
      const values = runs.flatMap((run) => (run.params[name] === undefined ? [] : [run.params[name]]));
      const numeric = values.every((value) => value.trim() !== '' && Number.isFinite(Number(value)));
      return {
        name,
        numeric,
        measured: false,
        of: (run) => {
          const value = run.params[name];
          return value !== undefined && numeric ? Number(value) : value;
        },
      };
    });
  const metrics = [...new Set(runs.flatMap((run) => Object.keys(run.metrics)))].sort().map((name): Axis => ({
    name,
    numeric: true,
    measured: true,
    of: (run) => {
      const value = run.metrics[name];
      return typeof value === 'number' ? value : undefined;
    },
  }));
  return [...params, ...metrics];
}
