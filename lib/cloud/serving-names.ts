import type { Names } from './names';

export type ServingFunction = 'serve-model' | 'serve-python' | 'endpoint-events' | 'sync-endpoints';

/** Names of what serves models. */
export function servingNamesOf({ prefix }: Pick<Names, 'prefix'>) {
  const functionName = (name: ServingFunction): string => `${prefix}-${name}`;
  return {
    api: `${prefix}-serving`,
    /** For callers with API keys, whose keys and plans have the name of the client. */
    keyApi: `${prefix}-serving-keys`,
    keyClient: (client: string): string => `${prefix}-${client}`,
    function: functionName,
    functionArn: (name: ServingFunction): string =>
      `arn:\${AWS::Partition}:lambda:\${AWS::Region}:\${AWS::AccountId}:function:${functionName(name)}`,
    /** Of the containers that serve models elsewhere. */
    targetRole: `${prefix}-endpoints-\${AWS::Region}`,
    targetRoleArn: `arn:\${AWS::Partition}:iam::\${AWS::AccountId}:role/${prefix}-endpoints-\${AWS::Region}`,
    targetLogs: `/millrace/${prefix.replace('millrace-', '')}/endpoints`,
    /** The `vendedlogs` prefix keeps the log group out of the size-limited resource policy of CloudWatch Logs. */
    accessLogs: `/aws/vendedlogs/apigateway/${prefix}-serving`,
    dashboard: (endpoint: string): string => `${prefix}-endpoint-${endpoint}`,
    /** `endpoint-events` reads the endpoint out of it. */
    alarm: (rest: string): string => `${prefix}-endpoint-${rest}`,
  };
}
