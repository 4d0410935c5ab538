import type { ItemStore } from './item-store';
import type { TableDefinition } from './table';

/** What every operation is given. */
export interface DynamoDbContext {
  readonly store: ItemStore;
  /** @throws AwsError ResourceNotFoundException */
  table(nameOrArn: string): TableDefinition;
  readonly account: string;
  readonly region: string;
}
