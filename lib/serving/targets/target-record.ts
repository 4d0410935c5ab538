/** What is known of an endpoint's target: beside its state in the orchestration table. */
import type { Key } from '../../aws/dynamo-table';
import { orchestrationTable } from '../../aws/tables';
import type { TargetState } from './target';

export interface TargetRecord extends TargetState {
  /** Of the state of the endpoint that was brought about, or tried. */
  readonly rev: number;
  /** ISO instant. */
  readonly at: string;
  /** For which something may have been made there. Written before anything is made. */
  readonly versions: readonly string[];
  /** The function of the local cloud answers in place of a service that this machine does not have. @default false */
  readonly standsIn?: boolean;
}

const key = (endpoint: string): Key => ({ pk: `ENDPOINT#${endpoint}`, sk: 'TARGET' });

export async function findTargetRecord(endpoint: string): Promise<TargetRecord | undefined> {
  return orchestrationTable().get<TargetRecord>(key(endpoint));
}

export async function writeTargetRecord(endpoint: string, record: TargetRecord): Promise<void> {
  await orchestrationTable().put({ ...key(endpoint), ...record });
}
