/** Variables and connections that a task reads when it runs, as data. */
import type { Json, JsonObject } from './json';

export interface UsedVariable {
  readonly name: string;
  /** JSON Schema, input side. */
  readonly schema: JsonObject;
  readonly default?: Json;
  readonly summary?: string;
}

export interface UsedConnection {
  readonly name: string;
  /** `postgres`, `http`, … */
  readonly to: string;
  readonly from: 'parameter' | 'secrets-manager';
}

export interface Uses {
  readonly variables: readonly UsedVariable[];
  readonly connections: readonly UsedConnection[];
}
