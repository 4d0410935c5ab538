/** How an endpoint and the model behind it fare: traffic, errors and latency of both versions, drift, score. */
import { Duration } from 'aws-cdk-lib';
import { Dashboard, GraphWidget, MathExpression, type IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { endpointMetric } from './endpoint-alarms';
import type { Names } from './names';
import { servingNamesOf } from './serving-names';

export interface EndpointDashboardProps {
  readonly names: Names;
  readonly endpoint: string;
}

const WIDTH = 12;
const HOUR = Duration.hours(1);

export class EndpointDashboard extends Construct {
  constructor(scope: Construct, id: string, { names, endpoint }: EndpointDashboardProps) {
    super(scope, id);
    const both = (name: string, statistic: string): IMetric[] =>
      (['stable', 'candidate'] as const).map((slot) =>
        endpointMetric(endpoint, slot, name, statistic).with({ label: `${slot} ${statistic}` }),
      );
    const graph = (title: string, left: IMetric[]) =>
      new GraphWidget({ title, left, width: WIDTH, height: 6 });
    new Dashboard(this, 'Dashboard', {
      dashboardName: servingNamesOf(names).dashboard(endpoint),
      widgets: [
        [graph('Requests', both('Requests', 'Sum')), graph('Predictions', both('Predictions', 'Sum'))],
        [
          graph('Latency, milliseconds', [...both('Latency', 'p50'), ...both('Latency', 'p99')]),
          graph('Failures', [...both('ServerErrors', 'Sum'), ...both('LogFailures', 'Sum')]),
        ],
        [
          graph('Requests that were refused', both('ClientErrors', 'Sum')),
          graph('Features that drifted, percent', [watched('DriftedShare')]),
        ],
        [graph('Score on predictions whose labels have arrived', [watched('Score')])],
      ],
    });
  }
}

/** What tasks of monitoring pipelines measure; see the handlers of `detect-drift` and `measure-decay`. */
function watched(metricName: string): IMetric {
  return new MathExpression({
    expression: `SEARCH('{millrace,pipeline,service,task} MetricName="${metricName}"', 'Average', ${HOUR.toSeconds()})`,
    usingMetrics: {},
    label: '',
    period: HOUR,
  });
}
