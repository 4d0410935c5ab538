/** A server that speaks the protocol of MySQL and answers from a script. */
import { createServer, type Connection as ServerSide } from 'mysql2';

export interface ScriptedColumn {
  readonly name: string;
  /** Code of the protocol, e.g. 253 for a text. */
  readonly type: number;
}

export interface ScriptedAnswer {
  readonly columns: readonly ScriptedColumn[];
  readonly rows: readonly Readonly<Record<string, string | null>>[];
}

// What the server side of the package offers is not in its types.
type Answering = Omit<ServerSide, 'writeTextResult' | 'writeOk' | 'writeError'> & {
  serverHandshake(options: object): void;
  writeTextResult(rows: readonly object[], columns: readonly object[]): void;
  writeOk(options?: object): void;
  writeError(error: { message: string; code: number }): void;
  sequenceId: number;
};

/** @param script what a statement is answered with: rows, how many it has changed (`undefined` for none), or a text for an error */
export async function startMySql(
  script: (sql: string) => ScriptedAnswer | number | string | undefined,
): Promise<{ readonly port: number; stop(): Promise<void> }> {
  // The types want a handler; the listener below is one.
  const server = (createServer as () => ReturnType<typeof createServer>)();
  server.on('connection', (raw: ServerSide) => {
    const client = raw as unknown as Answering;
    client.serverHandshake({
      protocolVersion: 10,
      serverVersion: '8.0.36',
      connectionId: 1,
      statusFlags: 2,
      characterSet: 8,
      capabilityFlags: 0xffffff,
      authCallback: (_given: object, accept: (error: null) => void) => {
        accept(null);
        setImmediate(() => (client.sequenceId = 0));
      },
    });
    // What the package makes of SET.
    client.on('stmt_prepare', () => {
      client.sequenceId = 1;
      setImmediate(() => (client.sequenceId = 0));
      client.writeOk({ affectedRows: 0 });
    });
    client.on('query', (sql: string) => {
      // Every statement counts its packets anew.
      client.sequenceId = 1;
      setImmediate(() => (client.sequenceId = 0));
      const answer = script(sql);
      if (answer === undefined || typeof answer === 'number')
        return client.writeOk({ affectedRows: answer ?? 0 });
      if (typeof answer === 'string') return client.writeError({ message: answer, code: 1064 });
      const described = answer.columns.map(({ name, type }) => ({
        catalog: 'def',
        schema: '',
        table: '',
        orgTable: '',
        orgName: name,
        characterSet: 33,
        columnLength: 90,
        flags: 0,
        decimals: 0,
        name,
        columnType: type,
      }));
      return client.writeTextResult(answer.rows, described);
    });
    client.on('error', () => {});
  });
  await new Promise<void>((resolve) =>
    (server.listen as (port: number, host: string, done: () => void) => unknown)(0, '127.0.0.1', resolve),
  );
  const { _server: net } = server as unknown as { readonly _server: { address(): { port: number } } };
  return {
    port: net.address().port,
    stop: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}
