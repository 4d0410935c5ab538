import { join } from 'node:path';
import { CliError, EXIT } from './cli-error';
import type { Connection } from './connect';
import type { Output } from './output';
import { summaryOf } from './summary-of';

/**
 * Makes the virtual environments that the Python tasks of a pipeline need here, before a run begins whose tasks would wait
 * for them. Elsewhere than on this machine there is nothing to do. @throws CliError
 */
export async function preparePython(connection: Connection, pipeline: string, output: Output): Promise<void> {
  if (connection.where !== 'local') return;
  const { root, stateDirectory } = connection.project;
  const { functions = [], jobs = [] } = summaryOf(connection, pipeline) ?? {};
  const handlers = new Set(
    [...functions, ...jobs].flatMap(({ runtime, handler }) =>
      runtime === 'python' && handler !== undefined ? [handler] : [],
    ),
  );
  if (handlers.size === 0) return;
  const { PythonEnvironments, PythonUnavailable } =
    require('../local/lambda/python-environments') as typeof import('../local/lambda/python-environments');
  const environments = new PythonEnvironments(join(stateDirectory, 'python'));
  for (const handler of handlers) {
    try {
      await environments.interpreterFor(join(root, handler), (line) =>
        output.progress(line.replaceAll(`${root}/`, '')),
      );
    } catch (cause) {
      if (!(cause instanceof PythonUnavailable)) throw cause;
      throw new CliError(cause.message, {
        code: EXIT.environment,
        where: handler,
        remedy: 'Nothing was started. `docs/guides/python.md` tells what Python tasks need here.',
        cause,
      });
    }
  }
}
