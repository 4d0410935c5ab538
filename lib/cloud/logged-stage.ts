import { RemovalPolicy } from 'aws-cdk-lib';
import { type HttpApi, HttpStage, LogGroupLogDestination } from 'aws-cdk-lib/aws-apigatewayv2';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { Settings } from './settings';

export interface LoggedStageProps {
  readonly api: HttpApi;
  readonly settings: Pick<Settings, 'stage'>;
  /** Name of the log group of its requests. */
  readonly accessLogs: string;
  /** Requests a second; twice as many at once. */
  readonly perSecond: number;
}

/** The stage of an HTTP API, throttled, with a log of its requests. */
export function loggedStage(scope: Construct, props: LoggedStageProps): HttpStage {
  const { stage } = props.settings;
  const accessLogs = new LogGroup(scope, 'AccessLogs', {
    logGroupName: props.accessLogs,
    retention: stage.logDays,
    removalPolicy: stage.retain ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
  });
  return new HttpStage(scope, 'Stage', {
    httpApi: props.api,
    stageName: '$default',
    autoDeploy: true,
    throttle: { rateLimit: props.perSecond, burstLimit: 2 * props.perSecond },
    accessLogSettings: { destination: new LogGroupLogDestination(accessLogs) },
  });
}
