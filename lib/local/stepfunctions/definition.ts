/** A state machine definition as the engine reads it. JSONata machines only. */
export interface Definition {
  readonly Comment?: string;
  readonly QueryLanguage?: string;
  readonly StartAt: string;
  readonly TimeoutSeconds?: number;
  readonly States: Readonly<Record<string, StateDefinition>>;
}

export interface Retrier {
  readonly ErrorEquals: readonly string[];
  readonly IntervalSeconds?: number;
  readonly MaxAttempts?: number;
  readonly BackoffRate?: number;
  readonly MaxDelaySeconds?: number;
  readonly JitterStrategy?: 'FULL' | 'NONE';
}

export interface Catcher {
  readonly ErrorEquals: readonly string[];
  readonly Assign?: unknown;
  readonly Output?: unknown;
  readonly Next: string;
}

export interface ChoiceRule {
  readonly Condition: string;
  readonly Assign?: unknown;
  readonly Output?: unknown;
  readonly Next: string;
}

export type StateType = 'Task' | 'Pass' | 'Choice' | 'Wait' | 'Parallel' | 'Map' | 'Succeed' | 'Fail';

export interface StateDefinition {
  readonly Type: StateType;
  readonly Next?: string;
  readonly End?: boolean;
  readonly Assign?: unknown;
  readonly Output?: unknown;
  readonly Arguments?: unknown;
  readonly Resource?: string;
  readonly TimeoutSeconds?: number | string;
  readonly HeartbeatSeconds?: number | string;
  readonly Retry?: readonly Retrier[];
  readonly Catch?: readonly Catcher[];
  readonly Choices?: readonly ChoiceRule[];
  readonly Default?: string;
  readonly Seconds?: number | string;
  readonly Timestamp?: string;
  readonly Branches?: readonly Pick<Definition, 'StartAt' | 'States'>[];
  readonly Items?: unknown;
  readonly ItemSelector?: unknown;
  readonly ItemProcessor?: Pick<Definition, 'StartAt' | 'States'> & {
    readonly ProcessorConfig?: { readonly Mode?: string };
  };
  readonly MaxConcurrency?: number | string;
  readonly Label?: string;
  readonly ItemBatcher?: { readonly MaxItemsPerBatch?: number | string; readonly BatchInput?: unknown };
  readonly ToleratedFailureCount?: number | string;
  readonly ToleratedFailurePercentage?: number | string;
  readonly Error?: string;
  readonly Cause?: string;
}
