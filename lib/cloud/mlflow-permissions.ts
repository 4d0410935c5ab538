/** The bundle of MLflow's API with the permissions that it holds callers to. */
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { PermissionsFaulty, readTrackingPermissions } from '../model/tracking-permissions';
import type { HandlerBundle } from './bundle-handlers';
import { SynthesisError } from './synthesis-error';

/** Beside the code of the function. */
export const PERMISSIONS_FILE = 'permissions.json';

/** @throws SynthesisError when the file is not there or not as it has to be */
export async function withPermissions(
  bundle: HandlerBundle,
  projectRoot: string,
  file: string,
): Promise<HandlerBundle> {
  const text = await readFile(resolve(projectRoot, file), 'utf8').catch((error: unknown) => {
    throw refused(`The file of permissions ${file} cannot be read: ${String(error)}`);
  });
  try {
    readTrackingPermissions(text);
  } catch (error) {
    if (error instanceof PermissionsFaulty) throw refused(`${file}: ${error.message}`);
    throw error;
  }
  await writeFile(join(bundle.directory, PERMISSIONS_FILE), text);
  const assetHash = createHash('sha256').update(bundle.assetHash).update(text).digest('hex');
  return { ...bundle, assetHash };
}

function refused(message: string): SynthesisError {
  return new SynthesisError(
    'CLOUD_CONTEXT',
    message,
    'See docs/guides/permissions.md for what the file of -c mlflow-permissions has.',
  );
}
