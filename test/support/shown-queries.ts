/** What queries name: those of Logs Insights in the dashboards of a stack, and those of Prometheus in the file for Grafana. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { dashboardsOf } from './shown-metrics';

export interface InsightsQuery {
  readonly groups: readonly string[];
  /** Fields that the query filters by, shows or sorts by, without those that CloudWatch adds. */
  readonly fields: readonly string[];
  /** Values that a filter asks for. */
  readonly filter: Readonly<Record<string, string>>;
}

export function insightsOf(assembly: string, stack: string): InsightsQuery[] {
  return dashboardsOf(assembly, stack)
    .flatMap(({ widgets }) => widgets.flatMap(({ properties }) => properties.query ?? []))
    .map((query) => {
      const groups = [...query.matchAll(/SOURCE '([^']+)'/g)].map(([, group = '']) => group);
      const filter = Object.fromEntries(
        [...query.matchAll(/filter (\w+) = '([^']*)'/g)].map(([, field = '', value = '']) => [field, value]),
      );
      const named = [...query.matchAll(/(?:fields|sort|stats .*? by) ([^|\n]+)/g)].flatMap(([, list = '']) =>
        list.split(',').map((field) => field.trim().split(' ')[0] ?? ''),
      );
      const fields = [...Object.keys(filter), ...named].filter((field) => !field.startsWith('@'));
      return { groups, fields: [...new Set(fields)], filter };
    });
}

export interface PrometheusQuery {
  readonly metric: string;
  /** Labels that it groups by, selects by or shows. */
  readonly labels: readonly string[];
}

export function grafanaOf(file: string): PrometheusQuery[] {
  const { panels } = JSON.parse(readFileSync(file, 'utf8')) as {
    readonly panels: readonly {
      readonly targets?: readonly { readonly expr: string; readonly legendFormat?: string }[];
    }[];
  };
  return panels.flatMap(({ targets = [] }) =>
    targets.map(({ expr, legendFormat = '' }) => ({
      metric: /\b((?:millrace|aws)_\w+)/.exec(expr)?.[1] ?? expr,
      labels: [
        ...new Set([
          ...[...expr.matchAll(/ by \(([^)]*)\)/g)].flatMap(([, list = '']) => list.split(/,\s*/)),
          ...[...expr.matchAll(/(\w+)=~?"/g)].map(([, label = '']) => label),
          ...[...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label = '']) => label),
        ]),
      ],
    })),
  );
}

/** Series of a text of Prometheus: labels by name of the metric, of those whose value is above 0. */
export function seriesOf(text: string): ReadonlyMap<string, readonly (readonly string[])[]> {
  const found = new Map<string, string[][]>();
  for (const [, name = '', labels = '', value = ''] of text.matchAll(/^(\w+)(?:\{(.*)\})? (\S+)$/gm))
    if (Number(value) > 0)
      found.set(name, [
        ...(found.get(name) ?? []),
        [...labels.matchAll(/(\w+)="/g)].map(([, label = '']) => label),
      ]);
  return found;
}

export const GRAFANA = join(__dirname, '..', '..', 'docs', 'grafana', 'millrace.json');
