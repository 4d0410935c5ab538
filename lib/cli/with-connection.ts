import type { GlobalOptions } from './command-context';
import type { Connection, ConnectOptions } from './connect';
import type { Output } from './output';

/** Runs an action against a cloud and always lets go of it. */
export async function withConnection<T>(
  globals: GlobalOptions,
  output: Output,
  options: ConnectOptions,
  action: (connection: Connection) => Promise<T>,
): Promise<T> {
  // Commands that ask no cloud do without its clients.
  const { connect } = require('./connect') as typeof import('./connect');
  const connection = await connect(globals, output, options);
  try {
    return await action(connection);
  } finally {
    await connection.close();
  }
}
