/** Watches the version that traffic goes over to. An alarm takes it back; see `lambdas/endpoint-events`. */
import { Duration } from 'aws-cdk-lib';
import {
  Alarm,
  ComparisonOperator,
  MathExpression,
  Metric,
  TreatMissingData,
  type IMetric,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import type { Names } from './names';
import { servingNamesOf } from './serving-names';

export interface EndpointAlarmsProps {
  readonly names: Names;
  readonly topic: ITopic;
  readonly endpoint: string;
}

/** Of the requests of a minute, percent. */
const ERROR_PERCENT = 2;
/** Below so many requests a minute a share says nothing. */
const MINIMUM_REQUESTS = 20;
const P99_MILLISECONDS = 2_000;
const PERIOD = Duration.minutes(1);

export class EndpointAlarms extends Construct {
  constructor(scope: Construct, id: string, { names, topic, endpoint }: EndpointAlarmsProps) {
    super(scope, id);
    const alarm = (name: string, description: string, metric: IMetric, threshold: number, periods: number) =>
      new Alarm(this, name, {
        alarmName: servingNamesOf(names).alarm(`${endpoint}-${name}`),
        alarmDescription: description,
        metric,
        threshold,
        comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
        evaluationPeriods: periods,
        treatMissingData: TreatMissingData.NOT_BREACHING,
      }).addAlarmAction(new SnsAction(topic));
    alarm(
      'candidate-errors',
      `More than ${ERROR_PERCENT} % of the requests to the new version of ${endpoint} fail. It is rolled back.`,
      new MathExpression({
        expression: `IF(requests >= ${MINIMUM_REQUESTS}, 100 * errors / requests, 0)`,
        usingMetrics: {
          requests: endpointMetric(endpoint, 'candidate', 'Requests', 'Sum'),
          errors: endpointMetric(endpoint, 'candidate', 'ServerErrors', 'Sum'),
        },
        label: 'Failed requests, percent',
        period: PERIOD,
      }),
      ERROR_PERCENT,
      1,
    );
    // Of a process that dies no metric of its own comes. Which version it was nobody knows: the new one is the suspect.
    alarm(
      'candidate-crashes',
      `More than ${ERROR_PERCENT} % of all requests to endpoints end with the process that was to answer. The new version of ${endpoint} is rolled back.`,
      new MathExpression({
        expression: `IF(invocations >= ${MINIMUM_REQUESTS}, 100 * crashes / invocations, 0)`,
        usingMetrics: {
          invocations: functionMetric(names, 'Invocations'),
          crashes: functionMetric(names, 'Errors'),
        },
        label: 'Requests that nobody answered, percent',
        period: PERIOD,
      }),
      ERROR_PERCENT,
      1,
    );
    alarm(
      'candidate-latency',
      `The new version of ${endpoint} is slow: p99 above ${P99_MILLISECONDS} ms for three minutes. It is rolled back.`,
      endpointMetric(endpoint, 'candidate', 'Latency', 'p99'),
      P99_MILLISECONDS,
      3,
    );
  }
}

/** What Lambda counts of the function that answers for all endpoints. */
function functionMetric(names: Names, metricName: string): Metric {
  return new Metric({
    namespace: 'AWS/Lambda',
    metricName,
    dimensionsMap: { FunctionName: servingNamesOf(names).function('serve-model') },
    statistic: 'Sum',
    period: PERIOD,
  });
}

/** A metric that `lambdas/serve-model` emits. */
export function endpointMetric(
  endpoint: string,
  slot: 'stable' | 'candidate',
  metricName: string,
  statistic: string,
): Metric {
  return new Metric({
    namespace: 'millrace',
    metricName,
    dimensionsMap: { service: 'millrace', endpoint, slot },
    statistic,
    period: PERIOD,
  });
}
