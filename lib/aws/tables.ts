import { documentClient } from './clients/dynamodb';
import { DynamoTable } from './dynamo-table';
import { resourceNames } from './environment';

/** Logical runs, task records and memos. */
export const orchestrationTable = (): DynamoTable =>
  new DynamoTable(documentClient(), resourceNames().orchestrationTable);

/** Experiments, runs and the model registry. */
export const trackingTable = (): DynamoTable =>
  new DynamoTable(documentClient(), resourceNames().trackingTable);
