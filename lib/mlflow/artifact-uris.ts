/**
 * Where artifacts lie, in the store's words and in those of clients. The store says `s3://<bucket>/artifacts/<path>`. Clients
 * read `mlflow-artifacts:/<path>` and send the bytes to this API, so that they need no credentials of AWS; with
 * MILLRACE_MLFLOW_ARTIFACTS=s3 they read the former and speak to S3 themselves.
 */
import { s3Client } from '../aws/clients/s3';
import { resourceNames } from '../aws/environment';
import { ObjectStore } from '../aws/object-store';
import { invalid } from './mlflow-error';

const FOLDER = 'artifacts/';
const PROXIED = /^mlflow-artifacts:(?:\/\/[^/]*)?\/+(.*)$/s;

export function toClientUri(uri: string): string {
  const root = `s3://${resourceNames().bucket}/${FOLDER}`;
  if (process.env['MILLRACE_MLFLOW_ARTIFACTS'] === 's3' || !uri.startsWith(root)) return uri;
  return `mlflow-artifacts:/${uri.slice(root.length)}`;
}

/** @throws MlflowError for a path that leads out of the artifacts */
export function toStoreUri(uri: string): string {
  const path = PROXIED.exec(uri)?.[1];
  if (path === undefined) return uri;
  return `s3://${resourceNames().bucket}/${FOLDER}${checkedPath(path)}`;
}

/** Place of a proxied artifact in the data bucket. @throws MlflowError for a path that leads elsewhere */
export function artifactKey(path: string): string {
  return FOLDER + checkedPath(path);
}

/** Bucket and key under an `s3://` URI. @throws MlflowError when it is another kind of place */
export function locate(uri: string): { readonly store: ObjectStore; readonly key: string } {
  const [, bucket, key] = /^s3:\/\/([^/]+)\/?(.*)$/s.exec(uri) ?? [];
  if (bucket === undefined || key === undefined)
    throw invalid(`The artifacts at '${uri}' are not in S3; this server does not read them.`);
  return { store: new ObjectStore(s3Client(), bucket), key };
}

/** A relative path inside a folder, without a slash at its end. @throws MlflowError */
export function checkedPath(path: string): string {
  const plain = path.replace(/\/+$/, '');
  const faulty =
    /[\0\\]/.test(plain) ||
    plain.startsWith('/') ||
    plain.split('/').some((part) => part === '.' || part === '..' || part === '') ||
    /%2e|%2f|%5c/i.test(plain);
  if (plain !== '' && faulty) throw invalid('Invalid path');
  return plain;
}
