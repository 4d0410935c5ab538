/**
 * Metrics of a stage in Prometheus' text format, read from CloudWatch: under the names, labels and types of the local
 * cloud's `/metrics`, so that the same dashboards show both. Counters are sums since midnight UTC, where they begin anew,
 * as counters of a process that was restarted; quantiles are over the last three hours.
 */
import {
  GetMetricDataCommand,
  ListMetricsCommand,
  type CloudWatchClient,
  type Metric,
  type MetricDataQuery,
} from '@aws-sdk/client-cloudwatch';
import { resourceNames } from '../aws/environment';

/** Namespaces, and whether a metric of it is the stage's. */
const SOURCES: readonly {
  readonly namespace: string;
  readonly mine: (metric: Metric, prefix: string) => boolean;
}[] = [
  { namespace: 'millrace', mine: () => true },
  {
    namespace: 'AWS/States',
    mine: (metric, prefix) => valueOf(metric, 'StateMachineArn').includes(`:${prefix}-`),
  },
  {
    namespace: 'AWS/Lambda',
    mine: (metric, prefix) => valueOf(metric, 'FunctionName').startsWith(`${prefix}-`),
  },
];
/** Metrics of AWS of which there is more than of use, each query costs. */
const SHOWN = new Set([
  'ExecutionsStarted',
  'ExecutionsSucceeded',
  'ExecutionsFailed',
  'ExecutionsTimedOut',
  'ExecutionsAborted',
  'ExecutionTime',
  'Invocations',
  'Errors',
  'Throttles',
  'Duration',
]);
/** Metrics that are times, in milliseconds; all others are counts. */
const TIMES = /(?:Duration|Time|Latency)$/;
const QUANTILES = [
  ['0.5', 'p50'],
  ['0.9', 'p90'],
  ['0.99', 'p99'],
] as const;
/** The most that one request may have. */
const MAX_QUERIES = 500;
const WINDOW_SECONDS = 3 * 3600;

export interface ExportedMetric {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
}

type Client = Pick<CloudWatchClient, 'send'>;

export async function metricsText(client: Client, now: Date): Promise<string> {
  const metrics = await listed(client);
  const times = metrics.filter(({ name }) => TIMES.test(name));
  const midnight = new Date(now.toISOString().slice(0, 10));
  const recently = new Date(now.getTime() - WINDOW_SECONDS * 1000);
  const [sums, counts, ...quantiles] = await Promise.all([
    statistics(client, metrics, 'Sum', midnight, now),
    statistics(client, times, 'SampleCount', midnight, now),
    ...QUANTILES.map(([, statistic]) => statistics(client, times, statistic, recently, now)),
  ]);
  const families = new Map<string, { readonly type: 'counter' | 'summary'; readonly lines: string[] }>();
  for (const metric of metrics) {
    const isTime = TIMES.test(metric.name);
    const name = `${nameOf(metric)}${isTime ? '_milliseconds' : '_total'}`;
    const family = families.get(name) ?? {
      type: isTime ? ('summary' as const) : ('counter' as const),
      lines: [],
    };
    families.set(name, family);
    const sum = sums?.get(metric) ?? 0;
    if (!isTime) {
      family.lines.push(`${name}${labels(metric.dimensions)} ${sum}`);
      continue;
    }
    QUANTILES.forEach(([quantile], i) =>
      family.lines.push(
        `${name}${labels({ ...metric.dimensions, quantile })} ${quantiles[i]?.get(metric) ?? 'NaN'}`,
      ),
    );
    family.lines.push(`${name}_sum${labels(metric.dimensions)} ${sum}`);
    family.lines.push(`${name}_count${labels(metric.dimensions)} ${counts?.get(metric) ?? 0}`);
  }
  return [...families]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, { type, lines }]) => `# TYPE ${name} ${type}\n${lines.join('\n')}\n`)
    .join('');
}

/** Metrics with values in the last three hours. */
async function listed(client: Client): Promise<ExportedMetric[]> {
  const prefix = `millrace-${resourceNames().stage}`;
  const found: ExportedMetric[] = [];
  for (const { namespace, mine } of SOURCES) {
    let NextToken: string | undefined;
    do {
      const page = await client.send(
        new ListMetricsCommand({ Namespace: namespace, RecentlyActive: 'PT3H', NextToken }),
      );
      for (const metric of page.Metrics ?? [])
        if (mine(metric, prefix) && (namespace === 'millrace' || SHOWN.has(metric.MetricName ?? '')))
          found.push({
            namespace,
            name: metric.MetricName ?? '',
            dimensions: Object.fromEntries(
              (metric.Dimensions ?? []).map(({ Name = '', Value = '' }) => [Name, Value]),
            ),
          });
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
  }
  return found;
}

/** One figure for each metric over a stretch of time; a metric without values has none. */
async function statistics(
  client: Client,
  metrics: readonly ExportedMetric[],
  statistic: string,
  from: Date,
  to: Date,
): Promise<Map<ExportedMetric, number>> {
  const found = new Map<ExportedMetric, number>();
  // A period is a whole number of minutes, and one period holds it all.
  const Period = Math.max(60, Math.ceil((to.getTime() - from.getTime()) / 60_000) * 60);
  for (let start = 0; start < metrics.length; start += MAX_QUERIES) {
    const part = metrics.slice(start, start + MAX_QUERIES);
    const MetricDataQueries = part.map(({ namespace, name, dimensions }, i): MetricDataQuery => ({
      Id: `m${i}`,
      MetricStat: {
        Metric: {
          Namespace: namespace,
          MetricName: name,
          Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
        },
        Period,
        Stat: statistic,
      },
    }));
    let NextToken: string | undefined;
    do {
      const page = await client.send(
        new GetMetricDataCommand({ MetricDataQueries, StartTime: from, EndTime: to, NextToken }),
      );
      for (const { Id = '', Values = [] } of page.MetricDataResults ?? []) {
        const metric = part[Number(Id.slice(1))];
        if (metric === undefined || Values.length === 0) continue;
        // Periods are aligned to the clock, so that there may be two.
        const total = Values.reduce((sum, value) => sum + value, found.get(metric) ?? 0);
        const additive = statistic === 'Sum' || statistic === 'SampleCount';
        found.set(metric, additive ? total : (Values[0] ?? Number.NaN));
      }
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
  }
  return found;
}

function valueOf(metric: Metric, dimension: string): string {
  return metric.Dimensions?.find(({ Name }) => Name === dimension)?.Value ?? '';
}

function nameOf({ namespace, name }: ExportedMetric): string {
  const snake = name.replace(/([a-z0-9])([A-Z])/g, '$1_$2');
  return `${namespace}_${snake}`.replace(/[^A-Za-z0-9_]/g, '_').toLowerCase();
}

function labels(dimensions: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(dimensions).map(
    ([name, value]) => `${name.replace(/\W/g, '_')}=${JSON.stringify(value)}`,
  );
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}
