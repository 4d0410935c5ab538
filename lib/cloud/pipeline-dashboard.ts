/** How a pipeline fares: runs, how long they take, failures and retries of its tasks, how busy its functions are. */
import { Duration, Fn } from 'aws-cdk-lib';
import {
  Dashboard,
  GraphWidget,
  LogQueryWidget,
  MathExpression,
  type IMetric,
  Metric,
} from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import type { Names } from './names';

export interface PipelineDashboardProps {
  readonly names: Names;
  readonly pipeline: string;
  /** Log groups of its functions. */
  readonly logGroups: readonly string[];
}

const PERIOD = Duration.minutes(5);
const WIDTH = 12;
/** As many as one query of Logs Insights takes. */
const MAX_LOG_GROUPS = 50;

export class PipelineDashboard extends Construct {
  constructor(scope: Construct, id: string, { names, pipeline, logGroups }: PipelineDashboardProps) {
    super(scope, id);
    const machine = (metricName: string, statistic: string): IMetric =>
      new Metric({
        namespace: 'AWS/States',
        metricName,
        dimensionsMap: { StateMachineArn: Fn.sub(names.machineArn(pipeline)) },
        statistic,
        period: PERIOD,
        label: metricName,
      });
    const graph = (title: string, left: IMetric[]) =>
      new GraphWidget({ title, left, width: WIDTH, height: 6 });
    new Dashboard(this, 'Dashboard', {
      dashboardName: names.machine(pipeline),
      widgets: [
        [
          graph(
            'Runs',
            [
              'ExecutionsStarted',
              'ExecutionsSucceeded',
              'ExecutionsFailed',
              'ExecutionsTimedOut',
              'ExecutionsAborted',
            ].map((name) => machine(name, 'Sum')),
          ),
          graph('Time of a run', [machine('ExecutionTime', 'p50'), machine('ExecutionTime', 'p99')]),
        ],
        [
          graph('Tasks that succeeded', [taskMetric(pipeline, 'TaskSuccess', 'Sum')]),
          graph('Attempts of tasks that failed', [taskMetric(pipeline, 'TaskFailure', 'Sum')]),
        ],
        [
          graph('Time of tasks, p99', [taskMetric(pipeline, 'TaskDuration', 'p99')]),
          new LogQueryWidget({
            title: 'What failed last',
            logGroupNames: logGroups.slice(0, MAX_LOG_GROUPS),
            queryLines: [
              "filter level = 'ERROR'",
              'fields @timestamp, run, task, attempt, message',
              'sort @timestamp desc',
              'limit 20',
            ],
            width: WIDTH,
            height: 6,
          }),
        ],
      ],
    });
  }
}

/** One line for each task, also for those of later deployments. Dimensions are those of `lib/runtime/telemetry.ts`. */
function taskMetric(pipeline: string, metricName: string, statistic: string): IMetric {
  return new MathExpression({
    expression: `SEARCH('{millrace,pipeline,service,task} pipeline="${pipeline}" MetricName="${metricName}"', '${statistic}', ${PERIOD.toSeconds()})`,
    usingMetrics: {},
    label: '',
    period: PERIOD,
  });
}
