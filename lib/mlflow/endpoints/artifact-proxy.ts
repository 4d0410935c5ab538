/** Artifacts through this API: bytes up and down, and the uploads in parts that large files take past it. */
import { posix } from 'node:path';
import { resourceNames } from '../../aws/environment';
import {
  abortMultipartUpload,
  completeMultipartUpload,
  createMultipartUpload,
} from '../../aws/multipart-upload';
import { ObjectNotFound } from '../../aws/object-errors';
import { ObjectStore } from '../../aws/object-store';
import { presignedUrl } from '../../aws/presign';
import { s3Client } from '../../aws/clients/s3';
import { getLoggedModel } from '../../tracking/logged-models';
import { getVersion } from '../../tracking/model-versions';
import { readRunDocument } from '../../tracking/run-document';
import { artifactKey, checkedPath, locate } from '../artifact-uris';
import type { Limits, RawEndpoint } from '../endpoint';
import { readBytes, type HttpRequest, type HttpResponse } from '../http';
import { jsonBody, jsonResponse } from '../json-http';
import { contentTypeOf } from '../content-types';
import { invalid, MlflowError } from '../mlflow-error';
import { int64, list, message, required, string, withDefault } from '../wire/fields';
import { readMessage } from '../wire/read-message';

const EXPIRES_IN_SECONDS = 3600;
/** Bytes of what MLflow's page attaches to a run. */
const MAX_UPLOAD = 10 * 1024 * 1024;
/** S3's limit of parts. */
const MAX_PARTS = 10_000;
const ARTIFACTS = '/api/2.0/mlflow-artifacts/artifacts';
const PARTS = '/api/2.0/mlflow-artifacts/mpu';

export const artifactProxy: readonly RawEndpoint[] = [
  {
    method: 'GET',
    path: ARTIFACTS,
    handle: async ({ query }) => {
      const entries = await dataBucket().listFolder(artifactKey(query['path']?.[0] ?? ''));
      return jsonResponse(200, {
        files: entries.map(({ name, folder, bytes }) => ({
          path: name,
          is_dir: folder,
          file_size: folder ? undefined : bytes,
        })),
      });
    },
  },
  {
    method: 'GET',
    path: `${ARTIFACTS}/{path...}`,
    handle: (request, { path = '' }, limits) => download(dataBucket(), fileKey(path), request, limits),
  },
  {
    method: 'PUT',
    path: `${ARTIFACTS}/{path...}`,
    handle: async ({ body, headers }, { path = '' }) => {
      const key = fileKey(path);
      const options = { contentType: headers['content-type'] ?? contentTypeOf(key) };
      const bytes = headers['content-length'];
      if (body instanceof Uint8Array || bytes === undefined)
        await dataBucket().putBytes(key, await readBytes(body), options);
      else await dataBucket().putStream(key, body, Number(bytes), options);
      return jsonResponse(200, {});
    },
  },
  {
    method: 'DELETE',
    path: `${ARTIFACTS}/{path...}`,
    handle: async (_request, { path = '' }) => {
      const key = fileKey(path);
      const bucket = dataBucket();
      const below = await bucket.list(`${key}/`);
      for (const gone of [key, ...below.map((entry) => entry.key)]) await bucket.delete(gone);
      return jsonResponse(200, {});
    },
  },
  {
    method: 'POST',
    path: `${PARTS}/create/{path...}`,
    handle: async (request, { path: folder = '' }) => {
      const { path, num_parts } = readMessage(
        { path: required(string), num_parts: withDefault(int64, 1) },
        await jsonBody(request),
      );
      if (num_parts < 1 || num_parts > MAX_PARTS)
        throw invalid(`num_parts must be between 1 and ${MAX_PARTS}, but got ${num_parts}.`);
      const { uploadId, urls } = await createMultipartUpload(partPlace(folder, path), num_parts);
      return jsonResponse(200, {
        upload_id: uploadId,
        credentials: urls.map((url, i) => ({ url, part_number: i + 1, headers: {} })),
      });
    },
  },
  {
    method: 'POST',
    path: `${PARTS}/complete/{path...}`,
    handle: async (request, { path: folder = '' }) => {
      const { path, upload_id, parts } = readMessage(
        {
          path: required(string),
          upload_id: required(string),
          parts: list(message({ part_number: required(int64), etag: required(string), url: string })),
        },
        await jsonBody(request),
      );
      await completeMultipartUpload(
        partPlace(folder, path),
        upload_id,
        parts.map(({ part_number, etag }) => ({ number: part_number, etag })),
      );
      return jsonResponse(200, {});
    },
  },
  {
    method: 'POST',
    path: `${PARTS}/abort/{path...}`,
    handle: async (request, { path: folder = '' }) => {
      const { path, upload_id } = readMessage(
        { path: required(string), upload_id: required(string) },
        await jsonBody(request),
      );
      await abortMultipartUpload(partPlace(folder, path), upload_id);
      return jsonResponse(200, {});
    },
  },
  {
    method: 'GET',
    path: '/api/2.0/mlflow-artifacts/presigned/{path...}',
    handle: async (_request, { path = '' }) => {
      const bucket = dataBucket();
      const key = fileKey(path);
      const head = await bucket.head(key);
      if (head === undefined) throw new ObjectNotFound(bucket.bucket, key);
      return jsonResponse(200, {
        url: await presignedUrl({
          method: 'GET',
          bucket: bucket.bucket,
          key,
          expiresInSeconds: EXPIRES_IN_SECONDS,
        }),
        headers: {},
        file_size: head.bytes,
      });
    },
  },
  {
    method: 'GET',
    path: '/get-artifact',
    handle: async (request, _parameters, limits) => {
      const runId = parameter(request, 'run_id', 'run_uuid');
      return attachment((await readRunDocument(runId)).artifactUri, request, limits);
    },
  },
  {
    method: 'POST',
    path: '/api/2.0/mlflow/upload-artifact',
    handle: async (request) => {
      const { artifactUri, lifecycleStage, runId } = await readRunDocument(
        parameter(request, 'run_uuid', 'run_id'),
      );
      const path = checkedPath(parameter(request, 'path'));
      if (lifecycleStage === 'deleted')
        throw invalid(`The run ${runId} must be in the 'active' state. Current state is deleted.`);
      const body = await readBytes(request.body);
      if (body.length === 0) throw invalid('Request must specify data.');
      if (body.length > MAX_UPLOAD) {
        throw invalid(`Artifact size is too large. Max size is ${MAX_UPLOAD / 1024 / 1024}MB.`);
      }
      const { store, key } = locate(artifactUri);
      const contentType = contentTypeOf(path);
      await store.putBytes(`${key}/${path}`, body, { contentType });
      return jsonResponse(200, {});
    },
  },
  {
    method: 'GET',
    path: '/model-versions/get-artifact',
    handle: async (request, _parameters, limits) => {
      const version = await getVersion(parameter(request, 'name'), parameter(request, 'version'));
      return attachment(version.storage ?? version.source, request, limits);
    },
  },
  {
    method: 'GET',
    path: '/api/2.0/mlflow/logged-models/{model_id}/artifacts/files',
    handle: async (request, { model_id = '' }, limits) =>
      attachment((await getLoggedModel(model_id)).artifactUri, request, limits, 'artifact_file_path'),
  },
];

async function attachment(
  root: string,
  request: HttpRequest,
  limits: Limits,
  name = 'path',
): Promise<HttpResponse> {
  const path = checkedPath(parameter(request, name));
  const { store, key } = locate((await placeOf(root)).replace(/\/$/, ''));
  return download(store, `${key}/${path}`, request, limits);
}

/** Where `runs:/<run>/<path>` and `models:/<logged model>` lie; other places are what they say. */
async function placeOf(uri: string): Promise<string> {
  const [, run, path = ''] = /^runs:\/+([^/]+)(?:\/(.*))?$/s.exec(uri) ?? [];
  if (run !== undefined) return `${(await readRunDocument(run)).artifactUri}/${checkedPath(path)}`;
  const model = /^models:\/+(m-[^/]+)\/?$/.exec(uri)?.[1];
  return model === undefined ? uri : (await getLoggedModel(model)).artifactUri;
}

async function download(
  bucket: ObjectStore,
  key: string,
  request: HttpRequest,
  { maxInlineBytes = Infinity }: Limits,
): Promise<HttpResponse> {
  if (Number.isFinite(maxInlineBytes)) {
    const head = await bucket.head(key);
    if (head === undefined) throw notFound(key);
    if (head.bytes > maxInlineBytes) {
      const location = await presignedUrl({
        method: 'GET',
        bucket: bucket.bucket,
        key,
        expiresInSeconds: EXPIRES_IN_SECONDS,
      });
      return { status: 302, headers: { location }, body: '' };
    }
  }
  const object = await bucket.read(key, request.headers['range']).catch((error: unknown) => {
    throw error instanceof ObjectNotFound ? notFound(key) : error;
  });
  return {
    status: object.contentRange === undefined ? 200 : 206,
    headers: {
      'content-type': object.contentType ?? contentTypeOf(key),
      'content-length': String(object.bytes),
      'content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent(posix.basename(key))}`,
      'x-content-type-options': 'nosniff',
      ...(object.contentRange === undefined ? {} : { 'content-range': object.contentRange }),
    },
    body: object.body,
  };
}

function notFound(key: string): MlflowError {
  return new MlflowError('RESOURCE_DOES_NOT_EXIST', `No artifact at ${key.replace(/^artifacts\//, '')}`);
}

/** The path names the folder; the body names the file as it is called on the client's disk. */
function partPlace(folder: string, file: string): { bucket: string; key: string } {
  const name = posix.basename(file.replaceAll('\\', '/'));
  return { bucket: resourceNames().bucket, key: fileKey(`${checkedPath(folder)}/${name}`) };
}

function fileKey(path: string): string {
  if (checkedPath(path) === '') throw invalid('Invalid path');
  return artifactKey(path);
}

function parameter({ query }: HttpRequest, ...names: readonly string[]): string {
  const value = names.map((name) => query[name]?.[0]).find((found) => found !== undefined && found !== '');
  if (value === undefined) throw invalid(`Missing value for required parameter '${names[0]}'.`);
  return value;
}

function dataBucket(): ObjectStore {
  return new ObjectStore(s3Client(), resourceNames().bucket);
}
