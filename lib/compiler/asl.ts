/** The part of the Amazon States Language that the compiler writes. */
import type { Json } from '../model/json';

export interface Machine {
  readonly Comment: string;
  readonly QueryLanguage: 'JSONata';
  readonly StartAt: string;
  readonly TimeoutSeconds: number;
  readonly States: Record<string, State>;
}

export type Assign = { readonly [variable: string]: Json };

export type State =
  | {
      readonly Type: 'Task';
      readonly Comment?: string;
      readonly Resource: string;
      readonly TimeoutSeconds?: number;
      readonly Arguments: Json;
      readonly Assign?: Assign;
      readonly Output: Json;
      readonly Retry?: readonly Json[];
      readonly Catch?: readonly Catcher[];
      readonly Next?: string;
      readonly End?: true;
    }
  | {
      readonly Type: 'Choice';
      readonly Comment?: string;
      readonly Choices: readonly {
        readonly Condition: string;
        readonly Assign?: Assign;
        readonly Next: string;
      }[];
      readonly Default: string;
      readonly Assign?: Assign;
    }
  | {
      readonly Type: 'Parallel';
      readonly Comment?: string;
      readonly Branches: readonly { readonly StartAt: string; readonly States: Record<string, State> }[];
      readonly Assign: Assign;
      readonly Output: Json;
      readonly Retry?: readonly Json[];
      readonly Catch?: readonly Catcher[];
      readonly Next?: string;
      readonly End?: true;
    }
  | {
      readonly Type: 'Map';
      readonly Comment?: string;
      readonly Items: Json;
      readonly ItemSelector?: Json;
      readonly ItemBatcher?: Json;
      readonly MaxConcurrency?: number;
      readonly Label?: string;
      readonly ItemProcessor: {
        readonly ProcessorConfig: Json;
        readonly StartAt: string;
        readonly States: Record<string, State>;
      };
      readonly Assign?: Assign;
      readonly Output: Json;
      readonly Retry?: readonly Json[];
      readonly Catch?: readonly Catcher[];
      readonly Next?: string;
      readonly End?: true;
    }
  | {
      readonly Type: 'Pass';
      readonly Comment?: string;
      readonly Assign?: Assign;
      readonly Output?: Json;
      readonly Next?: string;
      readonly End?: true;
    }
  | {
      readonly Type: 'Wait';
      readonly Comment?: string;
      readonly Seconds?: Json;
      readonly Timestamp?: Json;
      readonly Assign?: Assign;
      readonly Output?: Json;
      readonly Next: string;
    }
  | { readonly Type: 'Succeed'; readonly Output?: Json }
  | { readonly Type: 'Fail'; readonly Error: string; readonly Cause: string };

export interface Catcher {
  readonly ErrorEquals: readonly string[];
  readonly Assign: Assign;
  readonly Output: Json;
  readonly Next: string;
}
