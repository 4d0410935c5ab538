import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { once, SETTINGS } from './settings';

/** The SDK copies each request and each answer for its logger, unless that has no `info`: a page has thousands of items. */
const DEAF = {
  trace: () => {},
  debug: () => {},
  info: undefined as unknown as () => void,
  warn: (...told: unknown[]) => process.stderr.write(`${told.map(String).join(' ')}\n`),
  error: () => {},
};

export const documentClient = (): DynamoDBDocumentClient =>
  once('dynamodb', () =>
    DynamoDBDocumentClient.from(
      new DynamoDBClient({
        ...SETTINGS,
        requestHandler: { connectionTimeout: 5_000, requestTimeout: 10_000 },
        logger: DEAF,
      }),
      // A record with a key called `constructor` is taken for an instance of a class.
      {
        marshallOptions: {
          removeUndefinedValues: true,
          convertClassInstanceToMap: true,
          // Numbers beyond 2^53 are doubles here, and stay the doubles they are.
          allowImpreciseNumbers: true,
        },
        unmarshallOptions: { wrapNumbers: Number },
      },
    ),
  );
