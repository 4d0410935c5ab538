/** The bucket for data and artifacts, with a second one for its access logs. */
import { Duration, Fn, RemovalPolicy, Validations } from 'aws-cdk-lib';
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type BucketProps,
  type CfnBucket,
  type IBucket,
  ObjectOwnership,
} from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { ARCHIVE_PREFIX } from '../model/log-archive';
import type { Names } from './names';
import type { Retention } from './retention-settings';
import type { Stage } from './stage';

export class DataBucket extends Construct {
  readonly bucket: Bucket;

  constructor(
    scope: Construct,
    id: string,
    { names, stage, keepDays }: { names: Names; stage: Stage; keepDays: Retention },
  ) {
    super(scope, id);
    const common = {
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      removalPolicy: stage.retain ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    } satisfies BucketProps;
    const abandonedUploads = {
      id: 'abandoned-uploads',
      abortIncompleteMultipartUploadAfter: Duration.days(7),
    };

    const logs = new Bucket(this, 'Logs', {
      ...common,
      bucketName: Fn.sub(names.logBucket),
      lifecycleRules: [abandonedUploads, { id: 'expire', expiration: Duration.days(stage.logDays) }],
    });
    Validations.of(logs).acknowledge({
      id: 'AwsSolutions-S1',
      reason:
        'It receives the access logs of the data bucket; logging its own accesses into itself would never end.',
    });

    this.bucket = new Bucket(this, 'Data', {
      ...common,
      bucketName: Fn.sub(names.dataBucket),
      versioned: true,
      // The declarations of the construct library do not know `exactOptionalPropertyTypes`.
      serverAccessLogsBucket: logs as IBucket,
      serverAccessLogsPrefix: 'data/',
      lifecycleRules: [
        abandonedUploads,
        {
          id: 'earlier-versions',
          noncurrentVersionExpiration: Duration.days(stage.noncurrentDays),
          expiredObjectDeleteMarker: true,
        },
        { id: 'executions', prefix: 'executions/', expiration: Duration.days(stage.executionDays) },
        { id: 'logs', prefix: ARCHIVE_PREFIX, expiration: Duration.days(stage.archiveDays) },
        ...Object.entries(keepDays).map(([folder, days]) => ({
          id: `keep-${folder}`,
          prefix: `${folder}/`,
          expiration: Duration.days(days),
        })),
      ],
    });
    // `eventBridgeEnabled` of the construct would add a custom resource with a function of its own; the property does not.
    (this.bucket.node.defaultChild as CfnBucket).notificationConfiguration = {
      eventBridgeConfiguration: { eventBridgeEnabled: true },
    };
  }
}
