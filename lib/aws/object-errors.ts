/** What can be wrong with an object or its bucket, each with the remedy. None of it passes by itself. */
import { DoNotRetry } from '../model/errors';

export class ObjectNotFound extends DoNotRetry {
  override readonly name = 'Millrace.ObjectNotFound';

  constructor(
    readonly bucket: string,
    readonly key: string,
    options?: ErrorOptions,
  ) {
    super(
      `There is no object s3://${bucket}/${key}. Upload it (aws s3 cp FILE s3://${bucket}/${key}) or correct the key.`,
      options,
    );
  }
}

export class BucketNotFound extends DoNotRetry {
  override readonly name = 'Millrace.BucketNotFound';

  constructor(
    readonly bucket: string,
    options?: ErrorOptions,
  ) {
    super(
      `There is no bucket ${bucket}. Deploy the core stack, which makes it, or correct MILLRACE_BUCKET or the s3:// URI.`,
      options,
    );
  }
}

export class ObjectAccessDenied extends DoNotRetry {
  override readonly name = 'Millrace.ObjectAccessDenied';

  constructor(
    readonly bucket: string,
    readonly key: string,
    mode: 'read' | 'write',
    options?: ErrorOptions,
  ) {
    const prefix = key.includes('/') ? `${key.split('/')[0]}/` : key;
    super(
      `Access to s3://${bucket}/${key} is denied. A task may ${mode} what its contract declares: add { store: 'objects', mode: '${mode}', prefix: '${prefix}' } to its access and deploy again.`,
      options,
    );
  }
}

/** The named error for what S3 answered; anything else as it came. */
export function objectError(thrown: unknown, bucket: string, key: string, mode: 'read' | 'write'): unknown {
  if (!(thrown instanceof Error)) return thrown;
  const options = { cause: thrown };
  switch (thrown.name) {
    case 'NoSuchKey':
    case 'NotFound':
      return new ObjectNotFound(bucket, key, options);
    case 'NoSuchBucket':
      return new BucketNotFound(bucket, options);
    case 'AccessDenied':
    case 'Forbidden':
    case '403':
      return new ObjectAccessDenied(bucket, key, mode, options);
    default:
      return thrown;
  }
}
