/**
 * The console in an account: one function that answers the page, its API and the sign-in, behind a distribution of CloudFront
 * that keeps the page's files. Page and API are one bundle, so they are never of different versions, and nothing has to be
 * copied after a deployment. The function lets nobody in who has not signed in (lib/console/sign-in).
 */
import { CfnOutput, Duration, Fn, RemovalPolicy, Validations } from 'aws-cdk-lib';
import { HttpApi, HttpStage, LogGroupLogDestination } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import {
  AllowedMethods,
  CachePolicy,
  Distribution,
  Function as EdgeFunction,
  FunctionCode,
  FunctionEventType,
  FunctionRuntime,
  HttpVersion,
  OriginRequestPolicy,
  PriceClass,
  ViewerProtocolPolicy,
} from 'aws-cdk-lib/aws-cloudfront';
import { HttpOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type IBucket,
  ObjectOwnership,
} from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { CONSOLE_HANDLER, consoleNames } from './console-names';
import { ConsoleSignIn } from './console-sign-in';
import { consoleStatements } from './console-statements';
import { HandlerFunction, logStatement } from './handler-function';
import type { BundleOf } from './handler-stub';
import { LeastPrivilegeRole } from './least-privilege-role';
import type { Names } from './names';
import type { Settings } from './settings';

export interface ConsoleProps {
  readonly names: Names;
  readonly settings: Settings;
  readonly bundleOf: BundleOf;
}

const NAME = 'console-api';
/** API Gateway waits 30 seconds at most. */
const TIMEOUT_SECONDS = 29;
const MEMORY_MB = 1024;
const REQUESTS_PER_SECOND = 100;

export class Console extends Construct {
  constructor(scope: Construct, id: string, { names, settings, bundleOf }: ConsoleProps) {
    super(scope, id);
    const own = consoleNames(names);
    const logGroupName = names.functionLogs('core', NAME);
    const role = new LeastPrivilegeRole(this, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description: `millrace ${settings.stage.name}: ${NAME}`,
      statements: [...consoleStatements(names), logStatement(names, [logGroupName])],
    });
    const { function: handler } = new HandlerFunction(this, 'Handler', {
      names,
      settings,
      functionName: own.api,
      logGroupName,
      service: 'millrace',
      description: 'The console: page, API and sign-in.',
      bundle: bundleOf(CONSOLE_HANDLER),
      role,
      memoryMb: MEMORY_MB,
      ephemeralMb: 512,
      timeoutSeconds: TIMEOUT_SECONDS,
      environment: { MILLRACE_CONSOLE_SIGN_IN: own.signInParameter },
    });
    const api = new HttpApi(this, 'Api', {
      apiName: own.api,
      description: `millrace ${settings.stage.name}: behind the distribution of the console`,
      createDefaultStage: false,
    });
    const integration = new HttpLambdaIntegration('Function', handler);
    const routes = ['/', '/{proxy+}'].flatMap((path) => api.addRoutes({ path, integration }));
    for (const route of routes)
      Validations.of(route).acknowledge({
        id: 'AwsSolutions-APIG4',
        reason:
          'Browsers open pages, pictures and reports without headers: the function checks the token in the cookie itself, and the sign-in has to be open.',
      });
    const accessLogs = new LogGroup(this, 'AccessLogs', {
      logGroupName: own.accessLogs,
      retention: settings.stage.logDays,
      removalPolicy: settings.stage.retain ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
    new HttpStage(this, 'Stage', {
      httpApi: api,
      stageName: '$default',
      autoDeploy: true,
      throttle: { rateLimit: REQUESTS_PER_SECOND, burstLimit: 2 * REQUESTS_PER_SECOND },
      accessLogSettings: { destination: new LogGroupLogDestination(accessLogs) },
    });
    const distribution = this.distribute(api, own.logBucket, settings);
    const signIn = new ConsoleSignIn(this, 'SignIn', { names, settings });
    signIn.connect(distribution.distributionDomainName, settings.consoleSaml);
    new CfnOutput(this, 'Address', {
      value: Fn.join('', ['https://', distribution.distributionDomainName, '/console']),
      description: 'The console',
    });
  }

  private distribute(api: HttpApi, logBucket: string, settings: Settings): Distribution {
    const logs = new Bucket(this, 'Logs', {
      bucketName: Fn.sub(logBucket),
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      // CloudFront delivers its logs by an access control list.
      objectOwnership: ObjectOwnership.BUCKET_OWNER_PREFERRED,
      removalPolicy: settings.stage.retain ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
      lifecycleRules: [{ id: 'expire', expiration: Duration.days(settings.stage.logDays) }],
    });
    Validations.of(logs).acknowledge({
      id: 'AwsSolutions-S1',
      reason: 'It receives access logs; logging its own accesses into itself would never end.',
    });
    const origin = new HttpOrigin(Fn.select(2, Fn.split('/', api.apiEndpoint)));
    const host = new EdgeFunction(this, 'Host', {
      comment: 'Tells the function under which name the browser knows it',
      runtime: FunctionRuntime.JS_2_0,
      code: FunctionCode.fromInline(
        "function handler(event) { var request = event.request; request.headers['x-console-host'] = { value: request.headers.host.value }; return request; }",
      ),
    });
    const common = {
      origin,
      viewerProtocolPolicy: ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
      compress: true,
    };
    const distribution = new Distribution(this, 'Distribution', {
      comment: `millrace ${settings.stage.name}: the console`,
      httpVersion: HttpVersion.HTTP2_AND_3,
      priceClass: PriceClass.PRICE_CLASS_100,
      logBucket: logs as IBucket,
      logFilePrefix: 'console/',
      defaultBehavior: {
        ...common,
        allowedMethods: AllowedMethods.ALLOW_ALL,
        cachePolicy: CachePolicy.CACHING_DISABLED,
        originRequestPolicy: OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
        functionAssociations: [{ function: host, eventType: FunctionEventType.VIEWER_REQUEST }],
      },
      additionalBehaviors: {
        // Names follow from content: what is kept is never wrong.
        '/console/assets/*': { ...common, cachePolicy: CachePolicy.CACHING_OPTIMIZED },
      },
    });
    for (const [rule, reason] of [
      ['AwsSolutions-CFR1', 'Where people look from says nothing about whether they may; the sign-in does.'],
      [
        'AwsSolutions-CFR2',
        'The API is throttled and answers only who has signed in; a web ACL can be attached to the distribution.',
      ],
      [
        'AwsSolutions-CFR4',
        'The certificate of cloudfront.net fixes the least version of TLS; every current browser takes 1.3.',
      ],
    ] as const)
      Validations.of(distribution).acknowledge({ id: rule, reason });
    return distribution;
  }
}
