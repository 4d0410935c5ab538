/** The bundle of the function that serves MLflow's page, with the page from an installed wheel. */
import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { bundlePage, type BundledPageFile } from '../console/mlflow-page/bundle-page';
import { DoNotRetry } from '../model/errors';
import type { HandlerBundle } from './bundle-handlers';
import { SynthesisError } from './synthesis-error';

/** What API Gateway takes of a function as bytes: 6 MB in base64. */
const MAX_FILE_BYTES = 4_400_000;

/**
 * The same wheel gives the same hash.
 * @param wanted `auto`, or where the wheel is installed, relative to the project
 * @throws SynthesisError when there is no page, or one that a function cannot answer
 */
export async function withPage(
  bundle: HandlerBundle,
  projectRoot: string,
  wanted: string,
): Promise<HandlerBundle> {
  const files = filesOf(projectRoot, wanted);
  const hash = createHash('sha256').update(bundle.assetHash);
  const put = async (name: string, content: Uint8Array | string): Promise<void> => {
    hash.update(`${name}\0`).update(content);
    await mkdir(dirname(join(bundle.directory, name)), { recursive: true });
    await writeFile(join(bundle.directory, name), content);
  };
  await put('page/files.json', JSON.stringify(files.map(({ path, type }) => ({ path, type }))));
  for (const file of files) await put(`page/${file.path}.gz`, file.compressed);
  return { ...bundle, assetHash: hash.digest('hex') };
}

function filesOf(projectRoot: string, wanted: string): BundledPageFile[] {
  let files: BundledPageFile[];
  try {
    files = bundlePage(wanted, projectRoot);
  } catch (error) {
    if (!(error instanceof DoNotRetry)) throw error;
    throw new SynthesisError(
      'CLOUD_MLFLOW_PAGE',
      error.message,
      'Write where the wheel is, e.g. -c mlflow-page=.venv, or leave mlflow-page out.',
    );
  }
  const large = files.find(({ compressed }) => compressed.length > MAX_FILE_BYTES);
  if (large !== undefined)
    throw new SynthesisError(
      'CLOUD_MLFLOW_PAGE',
      `The file ${large.path} of MLflow's page has ${large.compressed.length} bytes compressed; a function answers ${MAX_FILE_BYTES} at most.`,
      'Install another release of mlflow.',
    );
  return files;
}
