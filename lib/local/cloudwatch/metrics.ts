/**
 * CloudWatch's metrics on this machine, in memory. Functions send them as log lines in the embedded metric format (EMF); the
 * local cloud itself adds those of Lambda and Step Functions. The last three hours can be asked for; sums grow from the start.
 */
export interface Series {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly unit: string;
  /** Since the start of the process. */
  count: number;
  sum: number;
  readonly points: Point[];
}

interface Point {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly value: number;
}

export interface Selection {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
}

const KEPT_MS = 3 * 3_600_000;
/** Of one series: the oldest go first. */
const MAX_POINTS = 100_000;

export class Metrics {
  private readonly series = new Map<string, Series>();

  constructor(
    private readonly now: () => number,
    private readonly changed: () => void,
  ) {}

  put(selection: Selection, value: number, unit: string): void {
    this.add(selection, value, unit);
    this.changed();
  }

  /** Again what is known: of a metric that was never put, and of nothing after nothing, nobody hears. */
  repeat(selection: Selection, value: number): void {
    const known = this.series.get(keyOf(selection));
    const last = known?.points.at(-1)?.value ?? 0;
    if (known !== undefined && (value !== 0 || last !== 0)) this.add(selection, value, known.unit);
  }

  private add(selection: Selection, value: number, unit: string): void {
    const key = keyOf(selection);
    let found = this.series.get(key);
    if (found === undefined) {
      found = { ...selection, unit, count: 0, sum: 0, points: [] };
      this.series.set(key, found);
    }
    const at = this.now();
    found.count++;
    found.sum += value;
    found.points.push({ at, value });
    const stale = found.points.findIndex((point) => point.at > at - KEPT_MS);
    const surplus = Math.max(stale, found.points.length - MAX_POINTS);
    // Now and then, so that not every point moves all others.
    if (surplus > 1000) found.points.splice(0, surplus);
  }

  /** A line of a log; other lines than metrics are none of its business. */
  observe(line: string): void {
    if (!line.includes('"_aws"')) return;
    for (const { selection, values, unit } of metricsIn(line))
      for (const value of values) this.put(selection, value, unit);
  }

  /** Values from one moment to before another, in the order in which they came. */
  values(selection: Selection, from: number, to: number): number[] {
    const points = this.series.get(keyOf(selection))?.points ?? [];
    return points.filter(({ at }) => at > from && at <= to).map(({ value }) => value);
  }

  all(): readonly Series[] {
    return [...this.series.values()];
  }
}

/** A statistic of CloudWatch: `Sum`, `Average`, `Minimum`, `Maximum`, `SampleCount`, `p99`; `undefined` of no values. */
export function statistic(name: string, values: readonly number[]): number | undefined {
  if (values.length === 0) return undefined;
  const sum = values.reduce((total, value) => total + value, 0);
  switch (name) {
    case 'Sum':
      return sum;
    case 'SampleCount':
      return values.length;
    case 'Average':
      return sum / values.length;
    case 'Minimum':
      return values.reduce((least, value) => Math.min(least, value));
    case 'Maximum':
      return values.reduce((most, value) => Math.max(most, value));
  }
  const [, percent] = /^p(\d{1,2}(?:\.\d+)?)$/.exec(name) ?? [];
  if (percent === undefined) return undefined;
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil((Number(percent) / 100) * sorted.length) - 1)];
}

interface Emf {
  readonly _aws?: {
    readonly CloudWatchMetrics?: readonly {
      readonly Namespace?: string;
      readonly Dimensions?: readonly (readonly string[])[];
      readonly Metrics?: readonly { readonly Name?: string; readonly Unit?: string }[];
    }[];
  };
  readonly [member: string]: unknown;
}

function* metricsIn(line: string) {
  let emf: Emf;
  try {
    emf = JSON.parse(line) as Emf;
  } catch {
    return;
  }
  for (const { Namespace = '', Dimensions = [[]], Metrics: given = [] } of emf._aws?.CloudWatchMetrics ?? [])
    for (const names of Dimensions)
      for (const { Name = '', Unit = 'None' } of given) {
        const dimensions = Object.fromEntries(names.map((name) => [name, String(emf[name])]));
        const value = emf[Name];
        const values = (Array.isArray(value) ? value : [value]).filter((one) => typeof one === 'number');
        yield { selection: { namespace: Namespace, name: Name, dimensions }, values, unit: Unit };
      }
}

function keyOf({ namespace, name, dimensions }: Selection): string {
  return JSON.stringify([
    namespace,
    name,
    ...Object.entries(dimensions).sort(([a], [b]) => (a < b ? -1 : 1)),
  ]);
}
