/** S3 as state machines call it: operations by name, through the same wire as every other client. */
import { XMLParser } from 'fast-xml-parser';
import { AwsError, type JsonService } from '../service';

type Input = Readonly<Record<string, unknown>>;

interface Call {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'DELETE';
  readonly query?: (input: Input) => Readonly<Record<string, unknown>>;
  readonly headers?: (input: Input) => Readonly<Record<string, unknown>>;
  readonly body?: (input: Input) => string;
  readonly answer: (headers: Headers, body: Input) => object;
}

/** Members that may occur several times, and so are lists also when they occur once. */
const LISTS = new Set(['Contents', 'CommonPrefixes']);
const NUMBERS = new Set(['Size', 'KeyCount', 'MaxKeys']);
/** Keys that look like numbers stay texts. */
const parser = new XMLParser({ parseTagValue: false, isArray: (name) => LISTS.has(name) });

/** Those whose request and response are plain values. */
const CALLS: Readonly<Record<string, Call>> = {
  ListObjectsV2: {
    method: 'GET',
    query: (input) => ({
      'list-type': 2,
      prefix: input['Prefix'],
      delimiter: input['Delimiter'],
      'max-keys': input['MaxKeys'],
      'start-after': input['StartAfter'],
      'continuation-token': input['ContinuationToken'],
    }),
    answer: (_headers, body) => typed(body['ListBucketResult']) as object,
  },
  HeadObject: {
    method: 'HEAD',
    answer: (headers) => ({
      ContentLength: Number(headers.get('content-length')),
      ContentType: headers.get('content-type'),
      ETag: headers.get('etag'),
      LastModified: new Date(headers.get('last-modified') ?? 0).toISOString(),
    }),
  },
  CopyObject: {
    method: 'PUT',
    headers: (input) => ({ 'x-amz-copy-source': input['CopySource'] }),
    answer: (_headers, body) => ({ CopyObjectResult: body['CopyObjectResult'] }),
  },
  PutObject: {
    method: 'PUT',
    headers: (input) => ({ 'content-type': input['ContentType'] }),
    body: ({ Body: body }) => (typeof body === 'string' ? body : JSON.stringify(body ?? '')),
    answer: (headers) => ({ ETag: headers.get('etag') }),
  },
  DeleteObject: { method: 'DELETE', answer: () => ({}) },
};

export class S3Calls implements JsonService {
  readonly target = 'S3';
  readonly jsonVersion = '1.0';

  constructor(private readonly endpoint: () => string) {}

  /** The bytes of an object. @throws AwsError */
  async read(bucket: string, key: string): Promise<Uint8Array> {
    const response = await fetch(this.urlOf(bucket, key));
    if (!response.ok)
      throw new AwsError('NoSuchKeyException', `There is no object s3://${bucket}/${key}.`, response.status);
    return new Uint8Array(await response.arrayBuffer());
  }

  /** @throws AwsError */
  async write(bucket: string, key: string, body: string): Promise<void> {
    const response = await fetch(this.urlOf(bucket, key), { method: 'PUT', body });
    if (!response.ok)
      throw new AwsError(
        'NoSuchBucketException',
        `s3://${bucket}/${key} cannot be written.`,
        response.status,
      );
  }

  private urlOf(bucket: string, key: string): string {
    return `${this.endpoint()}/${bucket}/${key.split('/').map(encodeURIComponent).join('/')}`;
  }

  async call(operation: string, input: unknown): Promise<unknown> {
    const call = CALLS[operation];
    if (call === undefined)
      throw new AwsError('UnknownOperationException', `A state machine cannot ask S3 for ${operation} here.`);
    const given = input as Input;
    const key = String(given['Key'] ?? '')
      .split('/')
      .map(encodeURIComponent)
      .join('/');
    const url = new URL(`${this.endpoint()}/${String(given['Bucket'])}/${key}`);
    for (const [name, value] of defined(call.query?.(given))) url.searchParams.set(name, value);
    const response = await fetch(url, {
      method: call.method,
      headers: Object.fromEntries(defined(call.headers?.(given))),
      ...(call.body === undefined ? {} : { body: call.body(given) }),
    });
    const body = parser.parse(await response.text()) as Input;
    if (response.ok) return call.answer(response.headers, body);
    const { Code, Message } = (body['Error'] ?? {}) as { readonly Code?: string; readonly Message?: string };
    throw new AwsError(
      Code ?? (response.status === 404 ? 'NoSuchKey' : 'S3'),
      Message ?? `S3 answers with status ${response.status}.`,
      response.status,
    );
  }
}

/** Numbers and truth values, which XML writes as texts. */
function typed(value: unknown, name = ''): unknown {
  if (Array.isArray(value)) return value.map((item) => typed(item));
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([member, inner]) => [member, typed(inner, member)]));
  if (NUMBERS.has(name)) return Number(value);
  return name === 'IsTruncated' ? value === 'true' : value;
}

function defined(values: Readonly<Record<string, unknown>> = {}): [string, string][] {
  return Object.entries(values).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)] satisfies [string, string]],
  );
}
