/** Requests of uploads in parts. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { methodNotAllowed, send, versionHeader } from './answers';
import type { BodyFiles } from './body-files';
import type { MultipartUploads } from './multipart-uploads';
import type { BucketEntry } from './object-index';
import type { Objects } from './objects';
import { described, textOf } from './request-parts';
import { element, unescapeXml, xml } from './xml';

export class UploadRequests {
  constructor(
    private readonly uploads: MultipartUploads,
    private readonly objects: Objects,
    private readonly files: BodyFiles,
  ) {}

  async handle(
    bucket: BucketEntry,
    key: string,
    query: URLSearchParams,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const { uploads } = this;
    const id = query.get('uploadId') ?? '';
    const named = element('Bucket', bucket.name) + element('Key', key);
    switch (`${request.method} ${query.has('uploads') ? 'uploads' : 'upload'}`) {
      case 'POST uploads': {
        const made = uploads.create({ bucket: bucket.name, key, ...described(request.headers) });
        return send(response, 200, xml('InitiateMultipartUploadResult', named + element('UploadId', made)));
      }
      case 'PUT upload': {
        uploads.find(id, bucket.name, key);
        const { body, size, md5, crc32 } = await this.files.store(request);
        await uploads.put(id, Number(query.get('partNumber')), { body, size, md5 });
        return send(response, 200, '', { etag: `"${md5}"`, 'x-amz-checksum-crc32': crc32 });
      }
      case 'POST upload':
        return this.complete(bucket, key, id, request, response);
      case 'GET upload': {
        uploads.find(id, bucket.name, key);
        const told =
          named + element('UploadId', id) + element('IsTruncated', 'false') + this.partsOf(id).join('');
        return send(response, 200, xml('ListPartsResult', told));
      }
      case 'DELETE upload':
        uploads.find(id, bucket.name, key);
        await uploads.end(id);
        return send(response, 204, '');
    }
    throw methodNotAllowed();
  }

  private async complete(
    bucket: BucketEntry,
    key: string,
    id: string,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const upload = this.uploads.find(id, bucket.name, key);
    const parts = [...(await textOf(request)).matchAll(/<Part>(.*?)<\/Part>/gs)].map(([, part = '']) => ({
      number: Number(/<PartNumber>\s*(\d+)/.exec(part)?.[1]),
      etag: unescapeXml(/<ETag>([^<]*)/.exec(part)?.[1] ?? ''),
    }));
    const { body, size, etag } = await this.uploads.join(id, parts);
    const entry = {
      ...this.objects.entry(bucket, key, { body, size, md5: '', crc32: '' }, upload),
      etag,
      headers: {},
    };
    this.objects.commit(bucket, entry, () => {});
    await this.uploads.end(id);
    const told =
      element('Location', `/${bucket.name}/${key}`) +
      element('Bucket', bucket.name) +
      element('Key', key) +
      element('ETag', etag);
    send(response, 200, xml('CompleteMultipartUploadResult', told), versionHeader(bucket, entry));
  }

  private partsOf(id: string): string[] {
    return this.uploads
      .list(id)
      .map(({ number, part }) =>
        element(
          'Part',
          element('PartNumber', String(number)) +
            element('ETag', `"${part.md5}"`) +
            element('Size', String(part.size)),
          true,
        ),
      );
  }
}
