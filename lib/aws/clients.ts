/** AWS SDK clients, one of each per process. Region, credentials and endpoint come from the environment. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { SFNClient } from '@aws-sdk/client-sfn';
import { SNSClient } from '@aws-sdk/client-sns';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';

const made = new Map<string, unknown>();

function once<T>(name: string, make: () => T): T {
  // An endpoint given later (tests, the command line) means other clients.
  const key = `${name} ${process.env['AWS_ENDPOINT_URL'] ?? ''}`;
  if (!made.has(key)) made.set(key, make());
  return made.get(key) as T;
}

export const s3Client = (): S3Client => once('s3', () => new S3Client({}));
export const sfnClient = (): SFNClient => once('sfn', () => new SFNClient({}));
export const snsClient = (): SNSClient => once('sns', () => new SNSClient({}));
export const lambdaClient = (): LambdaClient => once('lambda', () => new LambdaClient({}));

export const documentClient = (): DynamoDBDocumentClient =>
  once('dynamodb', () =>
    DynamoDBDocumentClient.from(new DynamoDBClient({}), {
      marshallOptions: { removeUndefinedValues: true },
    }),
  );
