import type { JsonObject } from './json';

/** What a task whose handler is Python has besides: what its runtime parses input and output with. */
export interface PythonTask {
  /** JSON Schema of what the handler is given, before defaults. */
  readonly input: JsonObject;
  /** JSON Schema of what the handler returns, before defaults. */
  readonly output: JsonObject;
  /** Places of the contract that JSON Schema cannot say, and Python therefore could not check: `input.email: a refinement`. */
  readonly unchecked: readonly string[];
  /** Its handler may end it as skipped. */
  readonly skips: boolean;
  /** Experiment tracking by MLflow's client, and what an unreachable store means. @default none */
  readonly tracking?: TrackingMode;
}

export type TrackingMode = 'required' | 'best-effort';
