/** Who did what to a run, when and why. Kept with the run. */
import { createHash } from 'node:crypto';
import type { Json } from '../model/json';
import { orchestrationTable } from '../aws/tables';
import { auditKey, auditOf, expiry } from './keys';
import type { Place } from './place';

export interface AuditEntry {
  readonly action: 'start' | 'rerun' | 'clear' | 'mark' | 'cancel' | 'approve' | 'reject';
  readonly by: string;
  readonly why?: string;
  readonly details?: Json;
  /** ISO instant. */
  readonly at: string;
}

export async function recordAudit(
  runId: string,
  entry: Omit<AuditEntry, 'at'>,
  { now, requestId }: Pick<Place, 'now' | 'requestId'>,
): Promise<void> {
  const at = now().toISOString();
  const id = createHash('sha256').update(`${requestId}${entry.action}`).digest('hex').slice(0, 8);
  await orchestrationTable().put({
    ...auditKey(runId, at, id),
    ...entry,
    at,
    ttl: expiry(now().getTime()),
  });
}

export async function readAudit(runId: string): Promise<AuditEntry[]> {
  return orchestrationTable().query<AuditEntry>(auditOf(runId));
}
