/** Amazon S3 on this machine, as far as SDK clients see it: buckets, objects, conditional writes, versions, listings, events. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RootDatabase } from 'lmdb';
import type { BusEvent, HttpService, Principal } from '../service';
import { fail, methodNotAllowed, send } from './answers';
import { BodyFiles } from './body-files';
import { BucketRequests } from './bucket-requests';
import { Buckets } from './buckets';
import { MultipartUploads } from './multipart-uploads';
import { ObjectIndex, type BucketEntry } from './object-index';
import { Objects } from './objects';
import { addressOf } from './request-parts';
import { UploadRequests } from './upload-requests';

export interface S3Options {
  readonly root: RootDatabase;
  /** Where bodies lie. */
  readonly directory: string;
  readonly emit: (event: BusEvent) => void;
  /** Milliseconds since 1970. @default real time */
  readonly now?: () => number;
}

export class S3Service implements HttpService {
  private readonly buckets: Buckets;
  private readonly objects: Objects;
  private readonly bucketRequests: BucketRequests;
  private readonly uploadRequests: UploadRequests;

  constructor(options: S3Options) {
    const { root, directory, emit } = options;
    const index = new ObjectIndex(root);
    const files = new BodyFiles(directory);
    const uploads = new MultipartUploads(root, directory);
    files.keepOnly(new Set([...index.bodies(), ...uploads.bodies()]));
    this.buckets = new Buckets(root, index);
    this.objects = new Objects({ index, files, emit, now: options.now ?? Date.now });
    this.bucketRequests = new BucketRequests(this.buckets, index, this.objects);
    this.uploadRequests = new UploadRequests(uploads, this.objects, files);
  }

  createBucket(name: string, settings: { readonly versioned: boolean; readonly eventBridge: boolean }): void {
    this.buckets.create(name, settings);
  }

  hasBucket(name: string): boolean {
    return this.buckets.has(name);
  }

  async handle(request: IncomingMessage, response: ServerResponse, _principal: Principal): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://s3');
    const { bucket, key } = addressOf(request, url);
    const query = url.searchParams;
    try {
      if (bucket === '') this.bucketRequests.listAll(response);
      else if (key === '') await this.bucketRequests.handle(bucket, query, request, response);
      else await this.onObject(this.buckets.require(bucket), key, query, request, response);
    } catch (error) {
      fail(response, request, error);
    }
  }

  private async onObject(
    bucket: BucketEntry,
    key: string,
    query: URLSearchParams,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    if (query.has('uploads') || query.has('uploadId'))
      return this.uploadRequests.handle(bucket, key, query, request, response);
    switch (request.method ?? 'GET') {
      case 'PUT': {
        const source = request.headers['x-amz-copy-source'];
        return source === undefined
          ? this.objects.put(bucket, key, request, response)
          : this.objects.copy(bucket, key, String(source), response);
      }
      case 'GET':
      case 'HEAD':
        return this.objects.get(bucket, key, query, request, response);
      case 'DELETE':
        this.objects.delete(bucket, key);
        return send(response, 204, '');
    }
    throw methodNotAllowed();
  }
}
