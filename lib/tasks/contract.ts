/**
 * The contract of a task: what goes in, what comes out, which handler does it and what that handler needs.
 * Contracts are data that definitions and handlers share, so they import neither the AWS SDK nor handler code.
 */
import type { z } from 'zod';
import type { Access } from '../model/access';
import type { Connection } from './connection';
import type { Variable } from './variable';

/** A binary that the handler loads at run time and that follows the platform instead of the bundle. */
export type NativeModule = 'duckdb';

export interface ContractProps<Name extends string, Input extends z.ZodType, Output extends z.ZodType> {
  /** Kebab case, unique; also the name in logs and in the console. */
  readonly name: Name;
  /** One sentence. */
  readonly summary: string;
  readonly input: Input;
  readonly output: Output;
  /** Folder of the handler, relative to the project. @default `lambdas/<name>` */
  readonly handler?: string;
  /** @default 512 */
  readonly memoryMb?: number;
  /** Size of `/tmp`. @default 512 */
  readonly ephemeralMb?: number;
  /** @default 300 */
  readonly timeoutSeconds?: number;
  /** @default none */
  readonly access?: readonly Access[];
  /** Variables and connections that the handler reads; no others are given to it. @default none */
  readonly uses?: {
    readonly variables?: readonly Variable[];
    readonly connections?: readonly Connection[];
  };
  /** @default none */
  readonly native?: readonly NativeModule[];
  /** Whether the handler may end the task as skipped, by throwing `Skipped`. @default false */
  readonly skips?: boolean;
  /** `python`: the folder has a `handler.py` with a function `run(input, context)`. @default 'node': a `handler.ts` */
  readonly runtime?: 'node' | 'python';
}

export interface Contract<
  Name extends string = string,
  Input extends z.ZodType = z.ZodType,
  Output extends z.ZodType = z.ZodType,
> extends Required<ContractProps<Name, Input, Output>> {
  readonly kind: 'contract';
}

export type InputOf<C extends Contract> = z.output<C['input']>;
export type OutputOf<C extends Contract> = z.output<C['output']>;

/** Fills in the defaults. */
export function contract<const Name extends string, Input extends z.ZodType, Output extends z.ZodType>(
  props: ContractProps<Name, Input, Output>,
): Contract<Name, Input, Output> {
  return {
    kind: 'contract',
    handler: `lambdas/${props.name}`,
    memoryMb: 512,
    ephemeralMb: 512,
    timeoutSeconds: 300,
    access: [],
    uses: {},
    native: [],
    skips: false,
    runtime: 'node',
    ...props,
  };
}
