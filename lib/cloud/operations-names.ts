import type { Names } from './names';

/** Names of what `OperationsSettings` brings. */
export function operationsNamesOf({ prefix }: Pick<Names, 'prefix'>) {
  const arn = (service: string, rest: string) =>
    `arn:\${AWS::Partition}:${service}:\${AWS::Region}:\${AWS::AccountId}:${rest}`;
  return {
    shipLogs: `${prefix}-ship-logs`,
    shipLogsArn: arn('lambda', `function:${prefix}-ship-logs`),
    metricsExporter: `${prefix}-metrics-exporter`,
    metricsAccessLogs: `/aws/vendedlogs/apigateway/${prefix}-metrics-exporter`,
    /** The parameter of the stage with the token that Prometheus sends. */
    metricsToken: 'metrics-token',
    budget: prefix,
  };
}
