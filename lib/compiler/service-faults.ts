/**
 * Faults of services that a state machine calls itself, which pass: throttling, faults of a server, no answer. They are
 * what the SDKs of AWS try again by themselves; Step Functions does not.
 *
 * An SDK integration names an error `<prefix>.<exception>`; the prefix is the name of the client in the SDK for Java 2
 * (docs: "Supported AWS SDK service integrations", column "Exception prefix"). What the API of a service does not describe,
 * throttling among it in EC2, S3 and many others, comes as `<prefix>.<prefix>Exception`.
 */
import type { Json } from '../model/json';

/** Prefixes that are more than the name of the service with a capital. */
const PREFIXES = (
  'AccessAnalyzer AcmPca ApiGateway ApiGatewayV2 AppConfig AppRunner AppSync ApplicationAutoScaling AutoScaling BedrockAgent ' +
  'BedrockAgentRuntime BedrockRuntime CloudFormation CloudFront CloudTrail CloudWatch CloudWatchLogs CodeArtifact CodeBuild ' +
  'CodeDeploy CodePipeline CognitoIdentityProvider CostExplorer DataBrew DataExchange DataSync DataZone DatabaseMigration ' +
  'DynamoDb ElastiCache EmrContainers EmrServerless EventBridge FSx GlobalAccelerator LakeFormation MediaConvert MemoryDb ' +
  'NeptuneData OpenSearch OpenSearchServerless PersonalizeRuntime QuickSight RdsData RedshiftData RedshiftServerless ' +
  'ResourceGroupsTaggingApi S3Control S3Tables SageMaker SageMakerA2IRuntime SageMakerFeatureStoreRuntime SageMakerRuntime ' +
  'SecretsManager SecurityHub ServiceDiscovery ServiceQuotas SesV2 StorageGateway TimestreamQuery TimestreamWrite XRay'
).split(' ');
const PREFIX_OF = new Map(PREFIXES.map((prefix) => [prefix.toLowerCase(), prefix]));

/** By the services that describe them; another service never says them. */
const PASSING = [
  'ThrottlingException',
  'ThrottledException',
  'TooManyRequestsException',
  'RequestLimitExceededException',
  'ProvisionedThroughputExceededException',
  'ServiceUnavailableException',
  'InternalServerException',
  'InternalServerErrorException',
  'InternalServiceException',
  'InternalServiceErrorException',
  'SdkClientException',
];

export function errorPrefixOf(service: string): string {
  return PREFIX_OF.get(service) ?? `${service.charAt(0).toUpperCase()}${service.slice(1)}`;
}

/** A call of the SDK is made again after them, on their own account. */
export function callRetry(service: string): Json {
  const prefix = errorPrefixOf(service);
  return retrier([...PASSING, `${prefix}Exception`].map((name) => `${prefix}.${name}`));
}

/** A machine that starts another one and waits: nothing was started. The optimised integration has names of its own. */
export const START_RETRY: Json = retrier([
  'StepFunctions.ThrottlingException',
  'StepFunctions.ExecutionLimitExceededException',
  'StepFunctions.AWSStepFunctionsException',
]);

function retrier(errors: readonly string[]): Json {
  return {
    ErrorEquals: [...errors],
    IntervalSeconds: 1,
    MaxAttempts: 5,
    BackoffRate: 2,
    MaxDelaySeconds: 30,
    JitterStrategy: 'FULL',
  };
}
