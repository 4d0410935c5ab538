import type { GlobalOptions } from './command-context';
import { connect, type Connection, type ConnectOptions } from './connect';
import type { Output } from './output';

/** Runs an action against a cloud and always lets go of it. */
export async function withConnection<T>(
  globals: GlobalOptions,
  output: Output,
  options: ConnectOptions,
  action: (connection: Connection) => Promise<T>,
): Promise<T> {
  const connection = await connect(globals, output, options);
  try {
    return await action(connection);
  } finally {
    await connection.close();
  }
}
