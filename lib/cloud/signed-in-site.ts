/**
 * A site for people who have signed in: one function that answers the page, its API and the sign-in, behind a distribution of
 * CloudFront that keeps the page's files. Page and API are one bundle, so they are never of different versions, and nothing
 * has to be copied after a deployment. The function lets nobody in who has not signed in (lib/console/sign-in).
 */
import { Duration, Fn, RemovalPolicy, Validations } from 'aws-cdk-lib';
import { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
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
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type IBucket,
  ObjectOwnership,
} from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { functionStatements, HandlerFunction } from './handler-function';
import type { BundleOf } from './handler-stub';
import { LeastPrivilegeRole } from './least-privilege-role';
import { loggedStage } from './logged-stage';
import type { Names } from './names';
import type { Settings } from './settings';
import type { Statement } from './statement';

export interface SiteProps {
  readonly names: Names;
  readonly settings: Settings;
  readonly bundleOf: BundleOf;
}

export interface SignedInSiteProps extends SiteProps {
  /** Name among the functions of the core stack, e.g. `console-api`. */
  readonly name: string;
  readonly handler: string;
  /** For people, e.g. `the console`. */
  readonly title: string;
  readonly description: string;
  readonly statements: readonly Statement[];
  readonly memoryMb: number;
  readonly environment: Readonly<Record<string, string>>;
  /** Names of the function with its API, of the log group of requests, and of the bucket of the distribution's logs. */
  readonly own: { readonly api: string; readonly accessLogs: string; readonly logBucket: string };
  /** Paths of files whose names follow from their content, which are kept on the way: `/assets/*`. */
  readonly kept: string;
}

/** API Gateway waits 30 seconds at most. */
const TIMEOUT_SECONDS = 29;
const REQUESTS_PER_SECOND = 100;

export class SignedInSite extends Construct {
  /** Host under which people know the site. */
  readonly domainName: string;

  constructor(scope: Construct, id: string, props: SignedInSiteProps) {
    super(scope, id);
    const { names, settings, own } = props;
    const logGroupName = names.functionLogs('core', props.name);
    const role = new LeastPrivilegeRole(this, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description: `millrace ${settings.stage.name}: ${props.name}`,
      statements: [...props.statements, ...functionStatements(names, [logGroupName])],
    });
    const { function: handler } = new HandlerFunction(this, 'Handler', {
      names,
      settings,
      functionName: own.api,
      logGroupName,
      service: 'millrace',
      description: props.description,
      bundle: props.bundleOf(props.handler),
      role,
      memoryMb: props.memoryMb,
      ephemeralMb: 512,
      timeoutSeconds: TIMEOUT_SECONDS,
      environment: props.environment,
    });
    const api = new HttpApi(this, 'Api', {
      apiName: own.api,
      description: `millrace ${settings.stage.name}: behind the distribution of ${props.title}`,
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
    loggedStage(this, { api, settings, accessLogs: own.accessLogs, perSecond: REQUESTS_PER_SECOND });
    this.domainName = this.distribute(api, props).distributionDomainName;
  }

  private distribute(api: HttpApi, { settings, own, title, kept, name }: SignedInSiteProps): Distribution {
    const logs = new Bucket(this, 'Logs', {
      bucketName: Fn.sub(own.logBucket),
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
      comment: `millrace ${settings.stage.name}: ${title}`,
      httpVersion: HttpVersion.HTTP2_AND_3,
      priceClass: PriceClass.PRICE_CLASS_100,
      logBucket: logs as IBucket,
      logFilePrefix: `${name.split('-')[0]}/`,
      defaultBehavior: {
        ...common,
        allowedMethods: AllowedMethods.ALLOW_ALL,
        cachePolicy: CachePolicy.CACHING_DISABLED,
        originRequestPolicy: OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
        functionAssociations: [{ function: host, eventType: FunctionEventType.VIEWER_REQUEST }],
      },
      // Names follow from content: what is kept is never wrong.
      additionalBehaviors: { [kept]: { ...common, cachePolicy: CachePolicy.CACHING_OPTIMIZED } },
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
