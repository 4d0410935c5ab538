import type { z } from 'zod';
import { shell as shellContract } from '../tasks/shell';
import { callPlace } from './call-place';
import { isRef, type InputArg } from './ref';
import { addContractTask, type TaskHandle, type TaskOptions } from './task';

export interface ShellInput {
  /** Run by `bash -euo pipefail`. Constant: what differs from run to run comes in `environment`. */
  readonly command: string;
  /** Variables for the command; references become their values. @default none */
  readonly environment?: InputArg<Readonly<Record<string, string | number | boolean>>>;
}

/** Runs a command. Exit code 99 ends the task as skipped, any other but 0 as failed. */
export function shell(
  id: string,
  input: ShellInput,
  options: TaskOptions = {},
): TaskHandle<z.output<(typeof shellContract)['output']>> {
  if (typeof input.command !== 'string' || isRef(input.command))
    throw new TypeError(
      `The command of shell('${id}') must be a constant text (${callPlace()}): pass values in environment and write "$NAME" in the command.`,
    );
  return addContractTask(shellContract, id, input, options);
}
