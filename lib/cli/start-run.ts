/** Starts a run through the launcher function, the way schedules and events do. */
import { randomUUID } from 'node:crypto';
import type { JsonObject } from '../model/json';
import { askLauncher, currentUser } from './ask-launcher';

export interface StartedRun {
  readonly runId: string;
  readonly executionArn: string;
  /** True while the run waits for a slot, for its past, or for the pipeline to be resumed. */
  readonly queued?: boolean;
}

export interface StartRunProps {
  readonly stage: string;
  readonly pipeline: string;
  readonly params: JsonObject;
  /** @default true */
  readonly cache?: boolean;
  /** Kept in the audit. */
  readonly why?: string;
  /** The same token means the same run. @default every call is its own */
  readonly token?: string;
}

export async function startRun(props: StartRunProps): Promise<StartedRun> {
  return askLauncher<StartedRun>(
    props.stage,
    {
      pipeline: props.pipeline,
      params: props.params,
      trigger: 'manual',
      ...(props.cache === false ? { cache: false } : {}),
      // The token makes a repeated call start nothing twice.
      token: props.token ?? randomUUID(),
      by: currentUser(),
      ...(props.why === undefined ? {} : { why: props.why }),
    },
    props.pipeline,
  );
}
