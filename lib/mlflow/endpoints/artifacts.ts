import { getLoggedModel } from '../../tracking/logged-models';
import { readRunDocument } from '../../tracking/run-document';
import { presignedUrl } from '../../aws/presign';
import { checkedPath, locate, toClientUri } from '../artifact-uris';
import { endpoint } from '../endpoint';
import { required, string, int64 } from '../wire/fields';

const EXPIRES_IN_SECONDS = 3600;

export const artifactEndpoints = [
  endpoint({
    method: 'GET',
    path: 'artifacts/list',
    fields: { run_id: required(string), path: string, page_token: string },
    handle: async ({ run_id, path }) => listing((await readRunDocument(run_id)).artifactUri, path),
  }),
  endpoint({
    method: 'GET',
    path: 'logged-models/{model_id}/artifacts/directories',
    fields: { model_id: required(string), artifact_directory_path: string, page_token: string },
    handle: async ({ model_id, artifact_directory_path }) =>
      listing((await getLoggedModel(model_id)).artifactUri, artifact_directory_path),
  }),
  endpoint({
    method: 'POST',
    path: 'artifacts/presigned-upload-url',
    fields: { run_id: required(string), path: required(string), expiration: int64 },
    handle: async ({ run_id, path, expiration = EXPIRES_IN_SECONDS }) => {
      const { store, key } = locate((await readRunDocument(run_id)).artifactUri);
      return {
        presigned_url: await presignedUrl({
          method: 'PUT',
          bucket: store.bucket,
          key: `${key}/${checkedPath(path)}`,
          expiresInSeconds: Math.min(Math.max(expiration, 1), EXPIRES_IN_SECONDS),
        }),
      };
    },
  }),
];

/** What lies directly under a path, with paths relative to the root. */
async function listing(root: string, path = ''): Promise<object> {
  const { store, key } = locate(root);
  const folder = checkedPath(path);
  const entries = await store.listFolder(folder === '' ? key : `${key}/${folder}`);
  return {
    root_uri: toClientUri(root),
    files: entries.map((entry) => ({
      path: folder === '' ? entry.name : `${folder}/${entry.name}`,
      is_dir: entry.folder,
      file_size: entry.folder ? undefined : entry.bytes,
    })),
  };
}
