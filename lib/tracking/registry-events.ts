import { put, type Write } from '../aws/dynamo-table';
import { trackingTable } from '../aws/tables';
import type { GateResult } from '../tasks/promotion-gates';
import type { Comparison, DriftAlarm } from './judge-gates';
import { eventKey, modelPartition } from './keys';
import { getModel, type RegisteredModel, type Stage } from './registered-models';

/** One change of a registered model: who, when, from what, to what, why. Never changed, never deleted. */
export interface RegistryEvent {
  /** ISO instant. */
  readonly at: string;
  readonly action:
    | 'create'
    | 'promote'
    | 'rollback'
    | 'transition'
    | 'set-alias'
    | 'delete-alias'
    | 'delete-version'
    | 'set-gates'
    | 'approve'
    | 'compare'
    | 'open-alarm'
    | 'close-alarm';
  /** Empty when the change is one of the model. */
  readonly version: string;
  /** ARN of an execution, or a person. */
  readonly by: string;
  readonly reason: string;
  readonly stage?: { readonly from: Stage; readonly to: Stage };
  readonly alias?: { readonly name: string; readonly from: string | null; readonly to: string | null };
  /** Versions that the change moved to Archived. */
  readonly archived?: readonly string[];
  /** Of a promotion: each gate of the model, with what was found and what was asked for. */
  readonly gates?: readonly GateResult[];
  /** The promotion was done although a gate refused it. */
  readonly forced?: true;
  /** Of `compare`: with which version, and how it went. */
  readonly comparison?: Comparison;
  /** Of `open-alarm` and `close-alarm`. */
  readonly alarm?: DriftAlarm;
}

/** Its key is the revision that the change makes, so that the order of events is the order of changes, whatever the clocks say. */
export function eventWrite(model: RegisteredModel, event: RegistryEvent): Write {
  return put({ ...eventKey(model.id, model.rev + 1), ...event });
}

/** Newest first. @throws TrackingRefused when there is no such model */
export async function listEvents(name: string): Promise<RegistryEvent[]> {
  return eventsOf(await getModel(name));
}

/** Newest first. */
export async function eventsOf(model: RegisteredModel): Promise<RegistryEvent[]> {
  return trackingTable().query<RegistryEvent>({
    pk: modelPartition(model.id),
    prefix: 'X#',
    newestFirst: true,
  });
}
