/** Where the user's project is: the nearest folder upwards that has a `cdk.json` and `pipelines/`. */
import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { CliError, EXIT } from './cli-error';

export interface Project {
  readonly root: string;
  readonly pipelines: string;
  /** State of the local cloud. */
  readonly stateDirectory: string;
}

export function findProject(from: string, stateDirectory?: string): Project {
  let directory = resolve(from);
  for (;;) {
    if (existsSync(join(directory, 'cdk.json')) && existsSync(join(directory, 'pipelines'))) break;
    const parent = dirname(directory);
    if (parent === directory) {
      throw new CliError('This is not a millrace project: no folder upwards has cdk.json and pipelines/.', {
        code: EXIT.usage,
        where: resolve(from),
        remedy: 'Change into the project, or clone it first.',
      });
    }
    directory = parent;
  }
  return {
    root: directory,
    pipelines: join(directory, 'pipelines'),
    stateDirectory: resolve(from, stateDirectory ?? join(directory, '.millrace')),
  };
}
