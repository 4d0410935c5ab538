/** Who did what to a run or to a pipeline, when and why. Kept with the run, and with the pipeline. */
import { createHash } from 'node:crypto';
import type { Json } from '../model/json';
import { orchestrationTable } from '../aws/tables';
import type { Item, Key } from '../aws/dynamo-table';
import { auditKey, auditOf, expiry, pipelineAuditKey, pipelineAuditOf } from './keys';
import type { Place } from './place';

export interface AuditEntry {
  readonly action:
    | 'start'
    | 'rerun'
    | 'clear'
    | 'mark'
    | 'cancel'
    | 'approve'
    | 'reject'
    | 'pause'
    | 'resume'
    | 'backfill'
    | 'backfill-cancel'
    | 'rollback';
  readonly by: string;
  readonly why?: string;
  readonly details?: Json;
  /** ISO instant. */
  readonly at: string;
}

type Given = Omit<AuditEntry, 'at'>;
type Moment = Pick<Place, 'now' | 'requestId'>;

/** An entry about a run as an item, for who writes it together with others. */
export function auditItem(runId: string, entry: Given, moment: Moment): Item {
  return itemOf((at, id) => auditKey(runId, at, id), entry, moment);
}

export async function recordAudit(runId: string, entry: Given, moment: Moment): Promise<void> {
  await orchestrationTable().put(auditItem(runId, entry, moment));
}

/** What was done to a pipeline as a whole. */
export async function recordPipelineAudit(pipeline: string, entry: Given, moment: Moment): Promise<void> {
  await orchestrationTable().put(pipelineAuditItem(pipeline, entry, moment));
}

export function pipelineAuditItem(pipeline: string, entry: Given, moment: Moment): Item {
  return itemOf((at, id) => pipelineAuditKey(pipeline, at, id), entry, moment);
}

function itemOf(keyOf: (at: string, id: string) => Key, entry: Given, { now, requestId }: Moment): Item {
  const at = now().toISOString();
  const id = createHash('sha256').update(`${requestId}${entry.action}`).digest('hex').slice(0, 8);
  return { ...keyOf(at, id), ...entry, at, ttl: expiry(now().getTime()) };
}

export async function readAudit(runId: string): Promise<AuditEntry[]> {
  return orchestrationTable().query<AuditEntry>(auditOf(runId));
}

export async function readPipelineAudit(pipeline: string): Promise<AuditEntry[]> {
  return orchestrationTable().query<AuditEntry>(pipelineAuditOf(pipeline));
}
