/** The metrics that dashboards and alarms of a synthesised stack name. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AlarmProperties } from '../../lib/local/cloudwatch/alarms';

export interface ShownMetric {
  readonly namespace: string;
  readonly name: string;
  /** Names of the dimensions. */
  readonly dimensions: readonly string[];
  /** Values of those dimensions that are given one, but for what only an account would put in. */
  readonly values: Readonly<Record<string, string>>;
}

/** In place of what only an account would put in. */
const WORD = '<of the account>';

interface Template {
  readonly Resources: Readonly<Record<string, { readonly Type: string; readonly Properties: object }>>;
}

export interface Dashboard {
  readonly widgets: readonly {
    readonly properties: {
      readonly metrics?: readonly (readonly (string | Record<string, unknown>)[])[];
      /** Of Logs Insights. */
      readonly query?: string;
    };
  }[];
}

export function metricsOf(assembly: string, stack: string): ShownMetric[] {
  return [
    ...resourcesOf(assembly, stack, 'AWS::CloudWatch::Alarm').flatMap((properties) =>
      ofAlarm(properties as AlarmProperties),
    ),
    ...dashboardsOf(assembly, stack).flatMap(({ widgets }) =>
      widgets.flatMap(({ properties }) => (properties.metrics ?? []).flatMap(ofRow)),
    ),
  ];
}

export function dashboardsOf(assembly: string, stack: string): Dashboard[] {
  return resourcesOf(assembly, stack, 'AWS::CloudWatch::Dashboard').map(
    (properties) => JSON.parse(textOf((properties as { DashboardBody: unknown }).DashboardBody)) as Dashboard,
  );
}

function resourcesOf(assembly: string, stack: string, type: string): object[] {
  const template = JSON.parse(readFileSync(join(assembly, `${stack}.template.json`), 'utf8')) as Template;
  return Object.values(template.Resources).flatMap(({ Type, Properties }) =>
    Type === type ? [Properties] : [],
  );
}

function ofAlarm({ Namespace, MetricName, Dimensions, Metrics = [] }: AlarmProperties): ShownMetric[] {
  const told = (
    namespace: string,
    name: string,
    dimensions: readonly { readonly Name: string; readonly Value: unknown }[] = [],
  ): ShownMetric => ({
    namespace,
    name,
    dimensions: dimensions.map(({ Name }) => Name),
    values: known(dimensions.map(({ Name, Value }) => [Name, textOf(Value)])),
  });
  return [
    ...(MetricName === undefined ? [] : [told(Namespace ?? '', MetricName, Dimensions)]),
    ...Metrics.flatMap(({ MetricStat }) =>
      MetricStat === undefined
        ? []
        : [told(MetricStat.Metric.Namespace, MetricStat.Metric.MetricName, MetricStat.Metric.Dimensions)],
    ),
  ];
}

function known(pairs: readonly (readonly [string, string])[]): Readonly<Record<string, string>> {
  return Object.fromEntries(pairs.filter(([, value]) => !value.includes(WORD)));
}

/** `[namespace, metric, dimension, value, …, {options}]`, or `[{expression: "SEARCH('{namespace,dimensions} …')"}]`. */
function ofRow(row: readonly (string | Record<string, unknown>)[]): ShownMetric[] {
  const [first] = row;
  if (typeof first === 'string') {
    const texts = row.filter((one) => typeof one === 'string');
    const [namespace = '', name = '', ...pairs] = texts;
    const dimensions = pairs.filter((_, i) => i % 2 === 0);
    return [
      {
        namespace,
        name,
        dimensions,
        values: known(dimensions.map((one, i) => [one, pairs[2 * i + 1] ?? ''])),
      },
    ];
  }
  const expression = String(first?.['expression']);
  const [, schema = ''] = /SEARCH\('\{([^}]+)\}/.exec(expression) ?? [];
  const [, name = ''] = /MetricName="(\w+)"/.exec(expression) ?? [];
  const [namespace = '', ...dimensions] = schema.split(',');
  const values = [...expression.matchAll(/\b(\w+)="([^"]*)"/g)].map(
    ([, one = '', value = '']) => [one, value] as const,
  );
  return [{ namespace, name, dimensions, values: known(values.filter(([one]) => one !== 'MetricName')) }];
}

/** A text out of CloudFormation's functions; what an account would put in is a word. */
function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  const [[kind, argument] = ['', '']] = Object.entries(value as Record<string, unknown>);
  if (kind === 'Fn::Join') {
    const [separator, parts] = argument as [string, unknown[]];
    return parts.map(textOf).join(separator);
  }
  return WORD;
}
