import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { GlobalOptions } from './command-context';
import type { Connection } from './connect';
import type { Output } from './output';
import { findProject } from './project';
import { withConnection } from './with-connection';

/** For what may be set before anything has run: a local cloud that does not exist yet is made. */
export async function withSettings<T>(
  globals: GlobalOptions,
  output: Output,
  action: (connection: Connection) => Promise<T>,
): Promise<T> {
  const { stateDirectory } = findProject(process.cwd(), globals.directory);
  const local = globals.cloud !== 'aws' && globals.endpoint === undefined;
  const deploy = local && !existsSync(join(stateDirectory, 'format.json'));
  return withConnection(globals, output, { deploy }, action);
}
