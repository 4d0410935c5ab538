/** Whoever opens a connection, with its settings given. */
import type { ConnectionUser } from '../../lib/connections/user';

export function connectionUser(settings: object): ConnectionUser & { close(): Promise<void> } {
  const closers: (() => Promise<void> | void)[] = [];
  return {
    connection: (async () => settings) as ConnectionUser['connection'],
    onEnd: (close) => void closers.push(close),
    signal: new AbortController().signal,
    close: async () => {
      for (const close of closers.splice(0)) await close();
    },
  };
}
