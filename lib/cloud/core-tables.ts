/** The two tables. Keys and attributes are those of docs/ARCHITECTURE.md. */
import { RemovalPolicy } from 'aws-cdk-lib';
import {
  AttributeType,
  BillingMode,
  Table,
  TableEncryption,
  type TableProps,
} from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import type { Names } from './names';
import type { Stage } from './stage';

export class CoreTables extends Construct {
  /** Experiments, runs and the model registry. */
  readonly tracking: Table;
  /** Logical runs and task records. */
  readonly orchestration: Table;

  constructor(scope: Construct, id: string, { names, stage }: { names: Names; stage: Stage }) {
    super(scope, id);
    // `Table`, not `TableV2`, which becomes an AWS::DynamoDB::GlobalTable even with one replica.
    const common = {
      partitionKey: { name: 'pk', type: AttributeType.STRING },
      sortKey: { name: 'sk', type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      encryption: TableEncryption.DEFAULT,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: stage.retain,
      removalPolicy: stage.retain ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    } satisfies TableProps;
    this.tracking = new Table(this, 'Tracking', { ...common, tableName: names.trackingTable });
    this.tracking.addGlobalSecondaryIndex({
      indexName: 'gsi1',
      partitionKey: { name: 'g1pk', type: AttributeType.STRING },
      sortKey: { name: 'g1sk', type: AttributeType.STRING },
    });
    this.orchestration = new Table(this, 'Orchestration', {
      ...common,
      tableName: names.orchestrationTable,
      timeToLiveAttribute: 'ttl',
    });
  }
}
