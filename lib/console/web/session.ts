import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { SessionView } from '../views/session';

export const SessionContext = createContext<SessionView | undefined>(undefined);

/** Whether whoever looks may change something. Unknown counts as no. */
export function useMayAct(): boolean {
  return useContext(SessionContext)?.readOnly === false;
}
