import type { RetryPolicy, RetryRule } from '../model/task-node';
import { withTimeouts } from '../model/timeout-errors';

/** How often a task is tried again after errors of these names. */
export interface RetryRuleOptions {
  /**
   * `Error.name` of what is thrown; `States.Timeout` for an attempt that takes too long, whoever ends it; `States.ALL` for
   * all others.
   */
  readonly on: string | readonly string[];
  /** Attempts after the first, counted for this rule alone; 0: none. */
  readonly attempts: number;
  /** Before the first of them. @default the task's retryDelay */
  readonly delaySeconds?: number;
  /** Factor from one delay to the next. @default the task's */
  readonly backoff?: number;
  /** @default the task's */
  readonly maxDelaySeconds?: number;
  /** @default the task's */
  readonly jitter?: boolean;
}

export interface RetryOptions {
  /**
   * Attempts after the first; or rules by the name of the error: `[{ on: 'RateLimited', attempts: 8, delaySeconds: 60 },
   * { on: ['BadRow', 'Millrace.RequestRefused'], attempts: 0 }]`. Errors that no rule names are tried again as often as the
   * pipeline's default says, or as a last rule on `States.ALL`.
   * @default the pipeline's
   */
  readonly retries?: number | readonly RetryRuleOptions[];
  /** Seconds before the first retry. @default the pipeline's */
  readonly retryDelay?: number;
  /** Factor from one delay to the next. @default the pipeline's */
  readonly backoff?: number;
  /** Longest delay, seconds. @default none */
  readonly maxRetryDelay?: number;
  /** Spreads the delays at random. @default the pipeline's */
  readonly jitter?: boolean;
}

const ALL = 'States.ALL';

export function retryOf(defaults: RetryPolicy, options: RetryOptions): RetryPolicy {
  const { retries = defaults.rules === undefined ? defaults.retries : undefined } = options;
  const maxDelaySeconds = options.maxRetryDelay ?? defaults.maxDelaySeconds;
  const base: RetryPolicy = {
    retries: typeof retries === 'number' ? retries : defaults.retries,
    delaySeconds: options.retryDelay ?? defaults.delaySeconds,
    backoffRate: options.backoff ?? defaults.backoffRate,
    ...(maxDelaySeconds === undefined ? {} : { maxDelaySeconds }),
    jitter: options.jitter ?? defaults.jitter,
  };
  if (typeof retries === 'number') return base;
  const rules = retries === undefined ? (defaults.rules ?? []) : rulesOf(base, retries);
  // Step Functions wants what matches everything last and alone: it is the policy itself.
  const rest = rules.find(({ errors }) => errors.includes(ALL));
  const named = rules.flatMap((rule) => {
    const errors = rule.errors.filter((name) => name !== ALL);
    return errors.length === 0 && rule === rest ? [] : [{ ...rule, errors }];
  });
  const { errors: _errors, ...policy } = rest ?? { ...base, errors: [] };
  return { ...policy, ...(named.length === 0 ? {} : { rules: named }) };
}

function rulesOf(base: RetryPolicy, rules: readonly RetryRuleOptions[]): RetryRule[] {
  const named = rules.map(({ on }) => (typeof on === 'string' ? [on] : on));
  return rules.map((rule, i) => ruleOf(base, rule, withTimeouts(named[i] ?? [], named.flat())));
}

function ruleOf(base: RetryPolicy, rule: RetryRuleOptions, errors: readonly string[]): RetryRule {
  const maxDelaySeconds = rule.maxDelaySeconds ?? base.maxDelaySeconds;
  return {
    errors,
    retries: rule.attempts,
    delaySeconds: rule.delaySeconds ?? base.delaySeconds,
    backoffRate: rule.backoff ?? base.backoffRate,
    ...(maxDelaySeconds === undefined ? {} : { maxDelaySeconds }),
    jitter: rule.jitter ?? base.jitter,
  };
}
