/** Calls of AWS services that the state machine makes itself, without a function. */
import { z } from 'zod';
import type { JsonObject } from '../model/json';
import type { Permission } from '../model/task-node';
import { addStep } from './base';
import { currentBuilder } from './builder';
import { minutes } from './durations';
import { constantStart, refTo, text, toValue, type InputArg, type Ref } from './ref';
import type { TaskHandle } from './task';
import { workOf, type WorkOptions } from './work-options';

/** Step Functions makes a call again without telling anybody, and nobody writes down that it has ended before the run has. */
export interface CallOptions extends Omit<WorkOptions, 'onRetry' | 'deadline'> {
  /** Seconds an attempt may take. @default 5 minutes */
  readonly timeout?: number;
}

export interface AwsCallOptions<Output extends z.ZodType> extends CallOptions {
  /** As Step Functions names it: `s3`, `glue`, `athena`. */
  readonly service: string;
  /** As Step Functions names it: `listObjectsV2`. */
  readonly action: string;
  /** Members begin with a capital: `{ Bucket: … }`. */
  readonly arguments: InputArg<Readonly<Record<string, unknown>>>;
  /** What the role of the machine has to allow. */
  readonly permissions: readonly Permission[];
  /** What of the response is referred to. @default not known beforehand */
  readonly output?: Output;
  /** JSONata over `$states.result` that makes the output of the response. @default all of the response */
  readonly select?: string;
}

/** Any call: https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html */
export function awsCall<Output extends z.ZodType = z.ZodType<Readonly<Record<string, unknown>>>>(
  id: string,
  options: AwsCallOptions<Output>,
): TaskHandle<z.output<Output>> {
  const { defaults } = currentBuilder(`awsCall('${id}')`);
  return addStep('awsCall', id, options, (base) => ({
    ...base,
    kind: 'call',
    service: options.service,
    action: options.action,
    arguments: toValue(options.arguments),
    ...(options.select === undefined ? {} : { select: options.select }),
    outputSchema:
      options.output === undefined
        ? {}
        : (z.toJSONSchema(options.output, { io: 'output', unrepresentable: 'any' }) as JsonObject),
    permissions: options.permissions,
    timeoutSeconds: options.timeout ?? minutes(5),
    ...workOf(defaults.retry, options),
  }));
}

/** The name of the data bucket where a definition needs it. */
const DATA_BUCKET = '${DataBucket}';

const listing = z.object({
  keys: z.array(z.string()),
  objects: z.array(z.object({ key: z.string(), bytes: z.number(), modified: z.string() })),
  truncated: z.boolean(),
});

const LISTED =
  "($c := $states.result.Contents; {'keys': $exists($c) ? $map($c, function($o) { $o.Key })[] : [], 'objects': $exists($c) ? $map($c, function($o) {{'key': $o.Key, 'bytes': $o.Size, 'modified': $o.LastModified}})[] : [], 'truncated': $states.result.IsTruncated = true})";

export interface ListObjectsInput {
  readonly prefix: string | Ref<string>;
  /** At most 1000; the whole answer must fit into 256 KiB. @default 500 */
  readonly maxKeys?: number;
}

/** Keys of the data bucket below a prefix, in alphabetical order. */
export function listObjects(
  id: string,
  { prefix, maxKeys = 500 }: ListObjectsInput,
  options: CallOptions = {},
): TaskHandle<z.output<typeof listing>> {
  return awsCall(id, {
    ...options,
    service: 's3',
    action: 'listObjectsV2',
    arguments: { Bucket: DATA_BUCKET, Prefix: prefix, MaxKeys: maxKeys },
    permissions: [{ actions: ['s3:ListBucket'], resources: ['{data-bucket}'] }],
    output: listing,
    select: LISTED,
  });
}

export interface CopyObjectInput {
  /** Keys of the data bucket. */
  readonly from: string | Ref<string>;
  readonly to: string | Ref<string>;
}

/** What S3 takes a source from: a key with a `+` or a `?` would be another one. */
function urlEncoded(key: string | Ref<string>): Ref<string> {
  return refTo<string>({ kind: 'url-encoded', value: toValue(key) });
}

const copied = z.object({ etag: z.string() });

/** Copies an object of at most 5 GB within the data bucket. It may read and write below the constant beginnings of the keys. */
export function copyObject(
  id: string,
  { from, to }: CopyObjectInput,
  options: CallOptions = {},
): TaskHandle<z.output<typeof copied>> {
  const below = (key: string | Ref<string>): string => `{data-bucket}/${constantStart(key)}*`;
  return awsCall(id, {
    ...options,
    service: 's3',
    action: 'copyObject',
    arguments: { Bucket: DATA_BUCKET, CopySource: text`${DATA_BUCKET}/${urlEncoded(from)}`, Key: to },
    permissions: [
      { actions: ['s3:GetObject', 's3:GetObjectTagging'], resources: [below(from)] },
      { actions: ['s3:PutObject', 's3:PutObjectTagging'], resources: [below(to)] },
    ],
    output: copied,
    select: "{'etag': $states.result.CopyObjectResult.ETag}",
  });
}
