/** Whether a pipeline is paused, by whom and why, and up to which tick its schedule has been served. */
import { orchestrationTable } from '../aws/tables';
import { pipelineKey, stateKey } from './keys';

export interface PipelineState {
  readonly paused?: boolean;
  readonly by?: string;
  readonly why?: string;
  /** ISO instant of the last change. */
  readonly changedAt?: string;
  /** ISO instant of the last tick that was served. */
  readonly lastTick?: string;
}

export async function readState(pipeline: string): Promise<PipelineState> {
  return (await orchestrationTable().get<PipelineState>(stateKey(pipeline))) ?? {};
}

export async function setPaused(
  pipeline: string,
  paused: boolean,
  who: { readonly by: string; readonly why?: string; readonly at: string },
): Promise<void> {
  await orchestrationTable().put({ ...pipelineKey(pipeline), pipeline });
  await orchestrationTable().update(stateKey(pipeline), {
    UpdateExpression: 'SET #paused = :paused, #by = :by, #why = :why, #at = :at',
    ExpressionAttributeNames: { '#paused': 'paused', '#by': 'by', '#why': 'why', '#at': 'changedAt' },
    ExpressionAttributeValues: { ':paused': paused, ':by': who.by, ':why': who.why ?? '', ':at': who.at },
  });
}

/** Moves the mark forward, never back. */
export async function markTick(pipeline: string, tick: string): Promise<void> {
  await orchestrationTable().put({ ...pipelineKey(pipeline), pipeline });
  await orchestrationTable().update(stateKey(pipeline), {
    UpdateExpression: 'SET #tick = :tick',
    ConditionExpression: 'attribute_not_exists(#tick) OR #tick < :tick',
    ExpressionAttributeNames: { '#tick': 'lastTick' },
    ExpressionAttributeValues: { ':tick': tick },
  });
}
