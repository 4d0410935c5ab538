import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Guest } from '../local/service';
import { guestWith } from '../mlflow/guest';
import { readTrackingPermissions } from '../model/tracking-permissions';
import { CliError, EXIT } from './cli-error';

/** MLflow's API for the port of the local cloud, with permissions. @throws CliError when the file is not as it has to be */
export function localPermissions(file: string): Guest {
  try {
    return guestWith(readTrackingPermissions(readFileSync(resolve(file), 'utf8')));
  } catch (error) {
    throw new CliError(error instanceof Error ? error.message : String(error), {
      code: EXIT.usage,
      where: `--mlflow-permissions ${file}`,
      remedy: 'docs/guides/permissions.md says what the file has.',
      cause: error,
    });
  }
}
