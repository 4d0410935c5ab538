/** Requests that name a bucket and no object, or nothing at all. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { AwsError } from '../service';
import { methodNotAllowed, send } from './answers';
import type { Buckets } from './buckets';
import { listObjects } from './list-objects';
import type { ObjectIndex } from './object-index';
import type { Objects } from './objects';
import { textOf } from './request-parts';
import { element, unescapeXml, xml } from './xml';

const NAME = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

export class BucketRequests {
  constructor(
    private readonly buckets: Buckets,
    private readonly index: ObjectIndex,
    private readonly objects: Objects,
  ) {}

  listAll(response: ServerResponse): void {
    const entries = this.buckets
      .all()
      .map((bucket) =>
        element(
          'Bucket',
          element('Name', bucket.name) + element('CreationDate', new Date(bucket.createdAt).toISOString()),
          true,
        ),
      );
    send(response, 200, xml('ListAllMyBucketsResult', element('Buckets', entries.join(''), true)));
  }

  async handle(
    name: string,
    query: URLSearchParams,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const { buckets } = this;
    switch (request.method ?? 'GET') {
      case 'PUT':
        return this.put(name, query, request, response);
      case 'HEAD':
        buckets.require(name);
        return send(response, 200, '', { 'x-amz-bucket-region': 'us-east-1' });
      case 'POST':
        if (query.has('delete')) return this.deleteMany(name, await textOf(request), response);
        break;
      case 'DELETE':
        buckets.require(name);
        if (!this.index.list(name, '', '').next().done)
          throw new AwsError('BucketNotEmpty', 'The bucket you tried to delete is not empty', 409);
        buckets.remove(name);
        return send(response, 204, '');
      case 'GET': {
        const { versioned } = buckets.require(name);
        if (query.has('location')) return send(response, 200, xml('LocationConstraint', ''));
        if (query.has('versioning')) {
          const status = versioned ? element('Status', 'Enabled') : '';
          return send(response, 200, xml('VersioningConfiguration', status));
        }
        return send(response, 200, listObjects(this.index, name, query));
      }
    }
    throw methodNotAllowed();
  }

  private async put(
    name: string,
    query: URLSearchParams,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const { buckets } = this;
    if (!NAME.test(name))
      throw new AwsError('InvalidBucketName', `The specified bucket is not valid: ${name}`, 400);
    if (query.has('versioning')) {
      const body = await textOf(request);
      const versioned = body.includes('<Status>Enabled</Status>');
      buckets.create(name, { ...buckets.require(name), versioned });
    } else if (buckets.has(name))
      throw new AwsError(
        'BucketAlreadyOwnedByYou',
        'Your previous request to create the named bucket succeeded and you already own it.',
        409,
      );
    else buckets.create(name, { versioned: false, eventBridge: false });
    send(response, 200, '', { location: `/${name}` });
  }

  private deleteMany(name: string, body: string, response: ServerResponse): void {
    const bucket = this.buckets.require(name);
    const keys = [...body.matchAll(/<Key>([^<]*)<\/Key>/g)].map((match) => unescapeXml(match[1] ?? ''));
    for (const key of keys) this.objects.delete(bucket, key);
    const deleted = keys.map((key) => element('Deleted', element('Key', key), true));
    send(response, 200, xml('DeleteResult', deleted.join('')));
  }
}
