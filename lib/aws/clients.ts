/**
 * AWS SDK clients, one of each per process. Region, credentials and endpoint come from the environment.
 * A function is paid by the millisecond, so what does not answer is given up soon; throttling and passing faults are
 * retried by the SDK with exponential backoff and jitter. The limits leave room for work that holds the processor, during
 * which no answer can be taken.
 */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { SFNClient } from '@aws-sdk/client-sfn';
import { SNSClient } from '@aws-sdk/client-sns';
import { SSMClient } from '@aws-sdk/client-ssm';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';

const made = new Map<string, unknown>();

function once<T>(name: string, make: () => T): T {
  // An endpoint given later (tests, the command line) means other clients.
  const key = `${name} ${process.env['AWS_ENDPOINT_URL'] ?? ''}`;
  if (!made.has(key)) made.set(key, make());
  return made.get(key) as T;
}

/** `requestTimeout` is the longest silence on a connection, not the length of a transfer. */
const SETTINGS = { maxAttempts: 5, requestHandler: { connectionTimeout: 5_000, requestTimeout: 30_000 } };

export const s3Client = (): S3Client =>
  once(
    's3',
    () =>
      new S3Client({
        ...SETTINGS,
        // `bucket.localhost` resolves on few systems; AWS itself is addressed by host, as it asks for.
        forcePathStyle: process.env['AWS_ENDPOINT_URL'] !== undefined,
      }),
  );
export const sfnClient = (): SFNClient => once('sfn', () => new SFNClient(SETTINGS));
export const snsClient = (): SNSClient => once('sns', () => new SNSClient(SETTINGS));
export const ssmClient = (): SSMClient => once('ssm', () => new SSMClient(SETTINGS));
/** A task tells what happened to it and ends; it does not wait long for the bus. */
export const eventBridgeClient = (): EventBridgeClient =>
  once(
    'events',
    () =>
      new EventBridgeClient({
        maxAttempts: 3,
        requestHandler: { connectionTimeout: 1_000, requestTimeout: 5_000 },
      }),
  );
export const lambdaClient = (): LambdaClient => once('lambda', () => new LambdaClient({}));

export const documentClient = (): DynamoDBDocumentClient =>
  once('dynamodb', () =>
    DynamoDBDocumentClient.from(
      new DynamoDBClient({
        ...SETTINGS,
        requestHandler: { connectionTimeout: 5_000, requestTimeout: 10_000 },
      }),
      // A record with a key called `constructor` is taken for an instance of a class.
      { marshallOptions: { removeUndefinedValues: true, convertClassInstanceToMap: true } },
    ),
  );
