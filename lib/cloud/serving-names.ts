import type { Names } from './names';

/** Names of what serves models. */
export function servingNamesOf({ prefix }: Pick<Names, 'prefix'>) {
  const functionName = (name: 'serve-model' | 'endpoint-events'): string => `${prefix}-${name}`;
  return {
    api: `${prefix}-serving`,
    /** For callers with API keys, whose keys and plans have the name of the client. */
    keyApi: `${prefix}-serving-keys`,
    keyClient: (client: string): string => `${prefix}-${client}`,
    function: functionName,
    functionArn: (name: 'serve-model' | 'endpoint-events'): string =>
      `arn:\${AWS::Partition}:lambda:\${AWS::Region}:\${AWS::AccountId}:function:${functionName(name)}`,
    /** The `vendedlogs` prefix keeps the log group out of the size-limited resource policy of CloudWatch Logs. */
    accessLogs: `/aws/vendedlogs/apigateway/${prefix}-serving`,
    dashboard: (endpoint: string): string => `${prefix}-endpoint-${endpoint}`,
    /** `endpoint-events` reads the endpoint out of it. */
    alarm: (rest: string): string => `${prefix}-endpoint-${rest}`,
  };
}
