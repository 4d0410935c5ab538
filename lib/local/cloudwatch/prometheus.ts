/** Metrics in Prometheus' text format 0.0.4: counts as counters, times and sizes as summaries. */
import { statistic, type Series } from './metrics';

const SUFFIXES: Readonly<Record<string, string>> = {
  Milliseconds: '_milliseconds',
  Seconds: '_seconds',
  Bytes: '_bytes',
  Percent: '_percent',
};
const QUANTILES = [
  ['0.5', 'p50'],
  ['0.9', 'p90'],
  ['0.99', 'p99'],
] as const;

export function prometheusText(all: readonly Series[]): string {
  const families = new Map<string, { readonly type: 'counter' | 'summary'; readonly lines: string[] }>();
  for (const series of all) {
    const counter = series.unit === 'Count';
    const name = `${prometheusName(series.namespace, series.name)}${counter ? '_total' : (SUFFIXES[series.unit] ?? '')}`;
    const family = families.get(name) ?? { type: counter ? 'counter' : 'summary', lines: [] };
    families.set(name, family);
    if (counter) {
      family.lines.push(`${name}${labels(series.dimensions)} ${series.sum}`);
      continue;
    }
    const values = series.points.map(({ value }) => value);
    for (const [quantile, percentile] of QUANTILES)
      family.lines.push(
        `${name}${labels({ ...series.dimensions, quantile })} ${statistic(percentile, values) ?? 'NaN'}`,
      );
    family.lines.push(`${name}_sum${labels(series.dimensions)} ${series.sum}`);
    family.lines.push(`${name}_count${labels(series.dimensions)} ${series.count}`);
  }
  return [...families]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, { type, lines }]) => `# TYPE ${name} ${type}\n${lines.join('\n')}\n`)
    .join('');
}

/** `TaskDuration` of `millrace` → `millrace_task_duration`; `AWS/Lambda` → `aws_lambda_…`. */
export function prometheusName(namespace: string, name: string): string {
  const snake = name.replace(/([a-z0-9])([A-Z])/g, '$1_$2');
  return `${namespace}_${snake}`.replace(/[^A-Za-z0-9_]/g, '_').toLowerCase();
}

function labels(dimensions: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(dimensions).map(
    ([name, value]) =>
      `${name.replace(/\W/g, '_')}="${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`,
  );
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}
