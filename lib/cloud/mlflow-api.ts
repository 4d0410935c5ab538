/**
 * MLflow's REST API as an HTTP API: one function behind one route. Callers sign with IAM (service `execute-api`), as MLflow's
 * clients do with MLFLOW_TRACKING_AWS_SIGV4=true; who may call is said by their own policies (`execute-api:Invoke`). Where
 * tokens let people in (MLFLOW_TRACKING_TOKEN), those who sign, tasks in Python among them, have a route of their own.
 */
import { CfnOutput, Fn } from 'aws-cdk-lib';
import { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpIamAuthorizer, HttpJwtAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import { Construct } from 'constructs';
import { accessStatements, publishStatement } from './access-statements';
import { functionStatements, HandlerFunction } from './handler-function';
import type { BundleOf } from './handler-stub';
import { LeastPrivilegeRole } from './least-privilege-role';
import { loggedStage } from './logged-stage';
import { PERMISSIONS_FILE } from './mlflow-permissions';
import type { Names } from './names';
import type { Settings } from './settings';
import { webhookSecretStatement } from './webhooks';

export const MLFLOW_HANDLER = 'lambdas/mlflow-api';

export interface MlflowApiProps {
  readonly names: Names;
  readonly settings: Settings;
  readonly bundleOf: BundleOf;
}

const NAME = 'mlflow-api';
/** API Gateway waits 30 seconds at most. */
const TIMEOUT_SECONDS = 29;
/** A search that sorts reads all runs of an experiment; more memory means more processor. */
export const MLFLOW_MEMORY_MB = 1769;
const REQUESTS_PER_SECOND = 200;
/** Where requests are signed with IAM when others come with tokens. */
const SIGNED_PATH = 'iam';

/** What functions that answer MLflow's API are told of how they shall. */
export function mlflowEnvironment({ mlflow }: Pick<Settings, 'mlflow'>): Record<string, string> {
  return {
    ...(mlflow.permissions === undefined ? {} : { MILLRACE_MLFLOW_PERMISSIONS: PERMISSIONS_FILE }),
    ...(mlflow.orFilters ? { MILLRACE_MLFLOW_OR_FILTERS: 'true' } : {}),
  };
}

export class MlflowApi extends Construct {
  constructor(scope: Construct, id: string, { names, settings, bundleOf }: MlflowApiProps) {
    super(scope, id);
    const logGroupName = names.functionLogs('core', NAME);
    const role = new LeastPrivilegeRole(this, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description: `millrace ${settings.stage.name}: ${NAME}`,
      statements: [
        ...accessStatements(
          [
            { store: 'tracking', mode: 'write' },
            { store: 'objects', mode: 'write', prefix: 'artifacts/' },
          ],
          names,
        ),
        {
          actions: ['s3:DeleteObject'],
          resources: [`${names.dataBucketArn}/artifacts/*`],
          reason: 'Clients delete artifacts of their runs, whose ids are not known beforehand.',
        },
        publishStatement(names),
        webhookSecretStatement(names, 'write'),
        ...functionStatements(names, [logGroupName]),
      ],
    });
    const { function: handler } = new HandlerFunction(this, 'Handler', {
      names,
      settings,
      functionName: names.mlflowApi,
      logGroupName,
      service: 'millrace',
      description: "MLflow's REST API over the tracking table and the artifacts.",
      bundle: bundleOf(MLFLOW_HANDLER),
      role,
      memoryMb: MLFLOW_MEMORY_MB,
      ephemeralMb: 512,
      timeoutSeconds: TIMEOUT_SECONDS,
      environment: mlflowEnvironment(settings),
    });
    const { jwt } = settings.mlflow;
    const integration = new HttpLambdaIntegration('Function', handler);
    const signed = new HttpIamAuthorizer();
    const api = new HttpApi(this, 'Api', {
      apiName: names.mlflowApi,
      description: `millrace ${settings.stage.name}: the address for MLFLOW_TRACKING_URI`,
      defaultAuthorizer:
        jwt === undefined
          ? signed
          : new HttpJwtAuthorizer('Tokens', jwt.issuer, { jwtAudience: [...jwt.audience] }),
      defaultIntegration: integration,
      createDefaultStage: false,
    });
    if (jwt !== undefined)
      api.addRoutes({ path: `/${SIGNED_PATH}/{proxy+}`, integration, authorizer: signed });
    const stage = loggedStage(this, {
      api,
      settings,
      accessLogs: names.mlflowAccessLogs,
      perSecond: REQUESTS_PER_SECOND,
    });
    new StringParameter(this, 'UriParameter', {
      parameterName: names.mlflowUriParameter,
      stringValue: jwt === undefined ? stage.url : Fn.join('', [stage.url, SIGNED_PATH]),
    });
    new StringParameter(this, 'IdParameter', {
      parameterName: names.mlflowIdParameter,
      stringValue: api.apiId,
    });
    new CfnOutput(this, 'TrackingUri', {
      value: stage.url,
      description:
        jwt === undefined
          ? 'MLFLOW_TRACKING_URI, with MLFLOW_TRACKING_AWS_SIGV4=true'
          : 'MLFLOW_TRACKING_URI, with MLFLOW_TRACKING_TOKEN',
    });
  }
}
