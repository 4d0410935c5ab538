import {
  type GetMetricDataCommand,
  ListMetricsCommand,
  type GetMetricDataCommandInput,
} from '@aws-sdk/client-cloudwatch';
import { metricsText } from '../../lib/orchestration/metrics-text';

const NOW = new Date('2026-11-21T10:30:00Z');
const metric = (Namespace: string, MetricName: string, dimensions: Record<string, string>) => ({
  Namespace,
  MetricName,
  Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
});
const METRICS = [
  metric('millrace', 'TaskSuccess', { pipeline: 'churn', task: 'train' }),
  metric('millrace', 'TaskDuration', { pipeline: 'churn', task: 'train' }),
  metric('AWS/Lambda', 'Errors', { FunctionName: 'millrace-dev-churn-train' }),
  metric('AWS/Lambda', 'Errors', { FunctionName: 'other' }),
  metric('AWS/Lambda', 'ConcurrentExecutions', { FunctionName: 'millrace-dev-churn-train' }),
  metric('AWS/States', 'ExecutionsFailed', {
    StateMachineArn: 'arn:aws:states:r:1:stateMachine:millrace-dev-"x"',
  }),
];
const VALUES: Record<string, number[]> = { Sum: [40, 2], SampleCount: [7], p50: [5], p90: [9], p99: [11] };

it('shows the metrics of a stage as the local cloud does, page by page', async () => {
  const asked: GetMetricDataCommandInput[] = [];
  const send = async (command: unknown): Promise<unknown> => {
    if (command instanceof ListMetricsCommand) {
      const all = METRICS.filter(({ Namespace }) => Namespace === command.input.Namespace);
      const start = Number(command.input.NextToken ?? 0);
      return {
        Metrics: all.slice(start, start + 1),
        ...(start + 1 < all.length ? { NextToken: String(start + 1) } : {}),
      };
    }
    const { input } = command as GetMetricDataCommand;
    asked.push(input);
    return {
      MetricDataResults: (input.MetricDataQueries ?? []).map(({ Id, MetricStat }) => ({
        Id,
        // Of the second one nothing came in that time.
        Values: MetricStat?.Metric?.MetricName === 'Errors' ? [] : VALUES[MetricStat?.Stat ?? ''],
      })),
    };
  };
  process.env['MILLRACE_STAGE'] = 'dev';
  for (const name of ['BUCKET', 'TRACKING_TABLE', 'ORCHESTRATION_TABLE', 'ALARM_TOPIC', 'BUS'])
    process.env[`MILLRACE_${name}`] ??= 'x';
  expect(await metricsText({ send } as never, NOW)).toBe(`# TYPE aws_lambda_errors_total counter
aws_lambda_errors_total{FunctionName="millrace-dev-churn-train"} 0
# TYPE aws_states_executions_failed_total counter
aws_states_executions_failed_total{StateMachineArn="arn:aws:states:r:1:stateMachine:millrace-dev-\\"x\\""} 42
# TYPE millrace_task_duration_milliseconds summary
millrace_task_duration_milliseconds{pipeline="churn",task="train",quantile="0.5"} 5
millrace_task_duration_milliseconds{pipeline="churn",task="train",quantile="0.9"} 9
millrace_task_duration_milliseconds{pipeline="churn",task="train",quantile="0.99"} 11
millrace_task_duration_milliseconds_sum{pipeline="churn",task="train"} 42
millrace_task_duration_milliseconds_count{pipeline="churn",task="train"} 7
# TYPE millrace_task_success_total counter
millrace_task_success_total{pipeline="churn",task="train"} 42
`);
  const [sums] = asked;
  expect(sums).toMatchObject({ StartTime: new Date('2026-11-21T00:00:00Z'), EndTime: NOW });
  // One period holds the ten and a half hours.
  expect(sums?.MetricDataQueries?.[0]?.MetricStat?.Period).toBe(10.5 * 3600);
});
