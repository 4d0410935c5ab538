/** `GET /metrics` for Prometheus, behind a token: an HTTP API with one function, which also says who may read. */
import { CfnOutput, Duration } from 'aws-cdk-lib';
import { HttpApi, HttpMethod } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaAuthorizer, HttpLambdaResponseType } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { accessStatements } from './access-statements';
import { functionStatements, HandlerFunction } from './handler-function';
import type { BundleOf } from './handler-stub';
import { LeastPrivilegeRole } from './least-privilege-role';
import { loggedStage } from './logged-stage';
import type { Names } from './names';
import { operationsNamesOf } from './operations-names';
import type { Settings } from './settings';

export const METRICS_EXPORTER_HANDLER = 'lambdas/metrics-exporter';

export interface MetricsExporterProps {
  readonly names: Names;
  readonly settings: Settings;
  readonly bundleOf: BundleOf;
}

export class MetricsExporter extends Construct {
  constructor(scope: Construct, id: string, { names, settings, bundleOf }: MetricsExporterProps) {
    super(scope, id);
    const own = operationsNamesOf(names);
    const logGroupName = names.functionLogs('core', 'metrics-exporter');
    const role = new LeastPrivilegeRole(this, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description: `millrace ${settings.stage.name}: metrics-exporter`,
      statements: [
        ...accessStatements(
          [{ store: 'secret', mode: 'read', from: 'parameter', name: own.metricsToken }],
          names,
        ),
        {
          actions: ['cloudwatch:ListMetrics', 'cloudwatch:GetMetricData'],
          resources: ['*'],
          reason: 'Metrics of CloudWatch are no resources; AWS documents *.',
        },
        ...functionStatements(names, [logGroupName]),
      ],
    });
    const { function: handler } = new HandlerFunction(this, 'Handler', {
      names,
      settings,
      functionName: own.metricsExporter,
      logGroupName,
      service: 'millrace',
      description: "Metrics of the stage in Prometheus' text format.",
      bundle: bundleOf(METRICS_EXPORTER_HANDLER),
      role,
      memoryMb: 256,
      ephemeralMb: 512,
      timeoutSeconds: 29,
      environment: { MILLRACE_METRICS_TOKEN: own.metricsToken },
    });
    const api = new HttpApi(this, 'Api', {
      apiName: own.metricsExporter,
      description: `millrace ${settings.stage.name}: metrics for Prometheus`,
      createDefaultStage: false,
    });
    api.addRoutes({
      path: '/metrics',
      methods: [HttpMethod.GET],
      integration: new HttpLambdaIntegration('Function', handler),
      authorizer: new HttpLambdaAuthorizer('Token', handler, {
        responseTypes: [HttpLambdaResponseType.SIMPLE],
        resultsCacheTtl: Duration.minutes(5),
      }),
    });
    const stage = loggedStage(this, { api, settings, accessLogs: own.metricsAccessLogs, perSecond: 10 });
    new CfnOutput(this, 'MetricsUrl', {
      value: `${stage.url}metrics`,
      description: 'Prometheus reads it with the token of the parameter metrics-token',
    });
  }
}
