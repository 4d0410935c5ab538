/**
 * CloudWatch's alarms on this machine. They are looked at some seconds after metrics came, over the periods that end then;
 * a change of state is an event on the default bus and a message to the topics of the alarm.
 */
import jsonata from 'jsonata';
import type { Database, RootDatabase } from 'lmdb';
import type { Clock } from '../clock';
import type { BusEvent } from '../service';
import { statistic, type Metrics } from './metrics';

export type AlarmState = 'OK' | 'ALARM';

interface Dimension {
  readonly Name: string;
  readonly Value: string;
}

/** `AWS::CloudWatch::Alarm`, as far as alarms here have it. */
export interface AlarmProperties {
  readonly AlarmName: string;
  readonly Namespace?: string;
  readonly MetricName?: string;
  readonly Dimensions?: readonly Dimension[];
  readonly Statistic?: string;
  readonly ExtendedStatistic?: string;
  readonly Period?: number;
  readonly Metrics?: readonly {
    readonly Id: string;
    readonly Expression?: string;
    readonly ReturnData?: boolean;
    readonly MetricStat?: {
      readonly Metric: {
        readonly Namespace: string;
        readonly MetricName: string;
        readonly Dimensions?: readonly Dimension[];
      };
      readonly Period: number;
      readonly Stat: string;
    };
  }[];
  readonly Threshold?: number;
  readonly ComparisonOperator: string;
  readonly EvaluationPeriods: number;
  readonly DatapointsToAlarm?: number;
  readonly TreatMissingData?: string;
  readonly AlarmActions?: readonly string[];
  readonly OKActions?: readonly string[];
}

interface StoredAlarm {
  readonly properties: AlarmProperties;
  readonly state: AlarmState;
  readonly reason: string;
}

export interface AlarmsOptions {
  readonly root: RootDatabase;
  readonly metrics: Metrics;
  readonly now: () => number;
  /** Runs something at a time of `now`. @default a timer of this process that keeps it from ending no longer */
  readonly at?: Clock['at'];
  /** Measures what is a state and no event, before the alarms are looked at. */
  readonly measure?: () => void;
  readonly emit: (event: BusEvent) => void;
  readonly publish: (topicArn: string, subject: string, text: string) => Promise<void>;
}

const DELAY_MS = 2_000;
const COMPARISONS: Readonly<Record<string, (value: number, threshold: number) => boolean>> = {
  GreaterThanThreshold: (value, threshold) => value > threshold,
  GreaterThanOrEqualToThreshold: (value, threshold) => value >= threshold,
  LessThanThreshold: (value, threshold) => value < threshold,
  LessThanOrEqualToThreshold: (value, threshold) => value <= threshold,
};

export class Alarms {
  private readonly alarms: Database<StoredAlarm, string>;
  private appointment: { readonly time: number; readonly cancel: () => void } | undefined;
  private looking = 0;
  private running = false;

  constructor(private readonly options: AlarmsOptions) {
    this.alarms = options.root.openDB({ name: 'cloudwatch.alarms', encoding: 'json' });
  }

  put(properties: AlarmProperties): void {
    const before = this.alarms.get(properties.AlarmName);
    this.store({ properties, state: before?.state ?? 'OK', reason: before?.reason ?? '' });
  }

  /** Removes what a deployment no longer has. */
  retain(names: ReadonlySet<string>): void {
    for (const { properties } of this.list())
      if (!names.has(properties.AlarmName))
        this.options.root.transactionSync(() => void this.alarms.remove(properties.AlarmName));
  }

  list(): StoredAlarm[] {
    return Array.from(this.alarms.getRange({}), ({ value }) => value);
  }

  start(): void {
    this.running = true;
  }

  stop(): void {
    this.running = false;
    this.appointment?.cancel();
    this.appointment = undefined;
  }

  /** Whether alarms are being looked at. */
  get busy(): boolean {
    return this.looking > 0;
  }

  /** Metrics came: the alarms are looked at soon. */
  wake(): void {
    this.wakeIn(DELAY_MS);
  }

  /** Looks at all alarms now. */
  async evaluate(): Promise<void> {
    this.looking++;
    this.options.measure?.();
    try {
      for (const alarm of this.list()) await this.look(alarm);
    } finally {
      this.looking--;
    }
    // One that rings goes out by itself when the time of its periods is over.
    const periods = this.list().flatMap(({ state, properties }) =>
      state === 'ALARM' ? [periodOf(properties)] : [],
    );
    if (periods.length > 0) this.wakeIn(Math.max(DELAY_MS, (Math.min(...periods) * 1000) / 10));
  }

  private wakeIn(milliseconds: number): void {
    const time = this.options.now() + milliseconds;
    if (!this.running || (this.appointment?.time ?? Infinity) <= time) return;
    this.appointment?.cancel();
    const run = () => {
      this.appointment = undefined;
      void this.evaluate();
    };
    this.appointment = { time, cancel: this.options.at?.(time, run) ?? startTimer(milliseconds, run) };
  }

  private async look(alarm: StoredAlarm): Promise<void> {
    const { properties } = alarm;
    const threshold = properties.Threshold ?? 0;
    const breaches = COMPARISONS[properties.ComparisonOperator];
    if (breaches === undefined) return;
    const period = 1000 * periodOf(properties);
    const now = this.options.now();
    let breaching = 0;
    let worst: number | undefined;
    for (let i = 0; i < properties.EvaluationPeriods; i++) {
      const value = await this.valueOf(properties, now - (i + 1) * period, now - i * period);
      const bad =
        value === undefined ? properties.TreatMissingData === 'breaching' : breaches(value, threshold);
      if (!bad) continue;
      breaching++;
      worst ??= value;
    }
    const wanted = properties.DatapointsToAlarm ?? properties.EvaluationPeriods;
    const state: AlarmState = breaching >= wanted ? 'ALARM' : 'OK';
    if (state === alarm.state) return;
    const reason =
      state === 'ALARM'
        ? `Threshold Crossed: ${breaching} datapoint${breaching === 1 ? '' : 's'} (${worst ?? 'missing'}) against the threshold (${threshold}).`
        : `Threshold Crossed: no datapoint is against the threshold (${threshold}) any more.`;
    this.store({ ...alarm, state, reason });
    await this.tell(properties, alarm.state, state, reason);
  }

  private async tell(
    { AlarmName, AlarmActions = [], OKActions = [] }: AlarmProperties,
    before: AlarmState,
    state: AlarmState,
    reason: string,
  ): Promise<void> {
    const timestamp = new Date(this.options.now()).toISOString();
    this.options.emit({
      source: 'aws.cloudwatch',
      'detail-type': 'CloudWatch Alarm State Change',
      detail: {
        alarmName: AlarmName,
        state: { value: state, reason, timestamp },
        previousState: { value: before },
      },
    });
    for (const topic of state === 'ALARM' ? AlarmActions : OKActions)
      await this.options.publish(topic, `${state}: "${AlarmName}"`, reason);
  }

  private async valueOf(properties: AlarmProperties, from: number, to: number): Promise<number | undefined> {
    const { metrics } = this.options;
    const select = (Namespace: string, MetricName: string, Dimensions: readonly Dimension[], stat: string) =>
      statistic(
        stat,
        metrics.values(
          {
            namespace: Namespace,
            name: MetricName,
            dimensions: Object.fromEntries(Dimensions.map(({ Name, Value }) => [Name, Value])),
          },
          from,
          to,
        ),
      );
    if (properties.Metrics === undefined)
      return select(
        properties.Namespace ?? '',
        properties.MetricName ?? '',
        properties.Dimensions ?? [],
        properties.Statistic ?? properties.ExtendedStatistic ?? 'Average',
      );
    const known: Record<string, number> = {};
    for (const { Id, MetricStat } of properties.Metrics) {
      if (MetricStat === undefined) continue;
      const { Metric, Stat } = MetricStat;
      const value = select(Metric.Namespace, Metric.MetricName, Metric.Dimensions ?? [], Stat);
      if (value !== undefined) known[Id] = value;
    }
    const returned = properties.Metrics.find(({ ReturnData }) => ReturnData !== false);
    if (returned?.Expression === undefined) return returned === undefined ? undefined : known[returned.Id];
    return metricMath(returned.Expression, known);
  }

  private store(alarm: StoredAlarm): void {
    this.options.root.transactionSync(() => void this.alarms.put(alarm.properties.AlarmName, alarm));
  }
}

/**
 * Arithmetic, comparisons and IF of CloudWatch's metric math, which JSONata computes once the function has its dollar. What is
 * added up counts as 0 where there is no data, as in CloudWatch's FILL(m, 0); a quotient without data has no value.
 */
export async function metricMath(
  expression: string,
  known: Readonly<Record<string, number>>,
): Promise<number | undefined> {
  if (Object.keys(known).length === 0) return undefined;
  const names = [...new Set(expression.match(/\b[a-z]\w*\b/g) ?? [])];
  const parsed = jsonata(expression.replace(/\bIF\(/g, '$IF('));
  parsed.registerFunction('IF', (condition: boolean, yes: number, no: number) => (condition ? yes : no));
  const input = Object.fromEntries(names.map((name) => [name, known[name] ?? 0]));
  try {
    const value: unknown = await parsed.evaluate(input);
    return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
  } catch {
    // A quotient by 0, which JSONata refuses: IF computes both of its sides.
    return undefined;
  }
}

function startTimer(milliseconds: number, run: () => void): () => void {
  const timer = setTimeout(run, milliseconds).unref();
  return () => clearTimeout(timer);
}

function periodOf({ Period, Metrics: parts = [] }: AlarmProperties): number {
  return Period ?? parts.find(({ MetricStat }) => MetricStat !== undefined)?.MetricStat?.Period ?? 60;
}
