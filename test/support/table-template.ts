/** A table with the keys and the index that both tables of a stage have. */
const keys = (partition: string, sort: string) => [
  { AttributeName: partition, KeyType: 'HASH' as const },
  { AttributeName: sort, KeyType: 'RANGE' as const },
];

export const tableProperties = (TableName: string) => ({
  TableName,
  BillingMode: 'PAY_PER_REQUEST' as const,
  AttributeDefinitions: ['pk', 'sk', 'g1pk', 'g1sk'].map((AttributeName) => ({
    AttributeName,
    AttributeType: 'S' as const,
  })),
  KeySchema: keys('pk', 'sk'),
  GlobalSecondaryIndexes: [
    {
      IndexName: 'gsi1',
      KeySchema: keys('g1pk', 'g1sk'),
      Projection: { ProjectionType: 'ALL' as const },
    },
  ],
});

export const tableResource = (TableName: string) => ({
  Type: 'AWS::DynamoDB::Table',
  Properties: tableProperties(TableName),
});
