import type { DynamoDbService } from '../../lib/local/dynamodb/dynamodb-service';
import { ROOT } from '../../lib/local/service';

/** A table for gates: what of the orchestration table machines use by themselves. */
export async function createGateTable(dynamodb: DynamoDbService, TableName: string): Promise<void> {
  await dynamodb.call(
    'CreateTable',
    {
      TableName,
      AttributeDefinitions: ['pk', 'sk'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
      BillingMode: 'PAY_PER_REQUEST',
    },
    ROOT,
  );
}
