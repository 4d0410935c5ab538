import type { Command } from 'commander';
import type { ExitCode } from './cli-error';
import type { Output } from './output';

/** What every command is given. */
export interface CommandContext {
  readonly output: Output;
  /** Sets the exit code of a command that worked but whose answer is bad, e.g. a failed run. */
  readonly exit: (code: ExitCode) => void;
}

/** Adds one command to the program. */
export type CommandDefinition = (program: Command, context: CommandContext) => void;

export interface GlobalOptions {
  readonly json?: boolean;
  readonly debug?: boolean;
  readonly color?: boolean;
  readonly directory?: string;
  readonly cloud?: 'local' | 'aws';
  readonly endpoint?: string;
  readonly stage?: string;
  /** Tasks at once in the local cloud. */
  readonly parallel?: string;
}
