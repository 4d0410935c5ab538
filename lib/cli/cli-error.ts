/** Exit codes of every command; documented in `millrace --help`. */
export const EXIT = { ok: 0, failed: 1, usage: 2, environment: 3 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export interface CliErrorProps {
  readonly code: Exclude<ExitCode, 0>;
  /** File, option, run or task the fault is in. */
  readonly where?: string | undefined;
  /** What the user can do. */
  readonly remedy: string;
  readonly cause?: unknown;
}

/** A fault told to the user in one block: what, where, how to mend it. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly code: Exclude<ExitCode, 0>;
  readonly where: string | undefined;
  readonly remedy: string;

  constructor(message: string, props: CliErrorProps) {
    super(message, props.cause === undefined ? undefined : { cause: props.cause });
    this.code = props.code;
    this.where = props.where;
    this.remedy = props.remedy;
  }
}
