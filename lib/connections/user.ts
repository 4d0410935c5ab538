import type { Connection } from '../tasks/connection';
import type { ConnectionKind, ConnectionSettings } from '../tasks/connection-kinds';

/** What a client needs of whoever opens it: the context of a task has it. */
export interface ConnectionUser {
  /** Settings of a connection as they are now. */
  connection<Kind extends ConnectionKind>(connection: Connection<Kind>): Promise<ConnectionSettings<Kind>>;
  /** Is done when the task ends, however it ends. */
  onEnd(close: () => Promise<void> | void): void;
  /** Aborted when the time is up. */
  readonly signal: AbortSignal;
}
