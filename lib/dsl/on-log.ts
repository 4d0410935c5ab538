import type { Channel, LogTrigger } from '../model/alerts';
import type { JsonObject } from '../model/json';

export interface OnLogOptions {
  /** Ids of tasks, e.g. `train/forest`. @default every task */
  readonly tasks?: readonly string[];
  /** Who is told, with the line. @default nobody */
  readonly tell?: readonly Channel[];
  /** A pipeline that starts, once for each execution and task. */
  readonly start?: { readonly pipeline: string; readonly params?: JsonObject };
  /** When the run has failed, it goes on from its failed tasks, at most so often. */
  readonly rerun?: number;
}

/**
 * What is done when a line of a task's log has a text, for the `onLog` of a pipeline. A fault that passes and that no name
 * of an error tells: `onLog('CUDA out of memory', { tasks: ['train'], rerun: 2 })`.
 * @param text a part of one line; capital letters and small ones are told apart
 */
export function onLog(text: string, options: OnLogOptions): LogTrigger {
  const { tasks, tell, start, rerun } = options;
  return {
    text,
    ...(tasks === undefined ? {} : { tasks }),
    ...(tell === undefined ? {} : { channels: tell }),
    ...(start === undefined ? {} : { start }),
    ...(rerun === undefined ? {} : { rerun: { times: rerun } }),
  };
}
