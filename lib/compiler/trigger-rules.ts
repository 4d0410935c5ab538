/**
 * Airflow's trigger rules, decided when all upstream tasks have ended: as JSONata over their statuses, and as an
 * interpretation over sets of possible statuses, which tells the compiler where a guard is needed.
 */
import type { TaskStatus } from '../model/envelope';
import type { TriggerRule } from '../model/task-node';

interface Rule {
  /** Whether the task runs, given the statuses of its upstream tasks. */
  readonly met: (upstream: readonly TaskStatus[]) => boolean;
  /** JSONata for the same, over `s`, a variable that holds the array of statuses. */
  readonly expression: string;
  /** Status of the task when it does not run. */
  readonly otherwise: (upstream: readonly TaskStatus[]) => TaskStatus;
  readonly otherwiseExpression: string;
}

const bad = (s: TaskStatus) => s === 'failed' || s === 'upstream_failed';
const BAD = "('failed' in $s or 'upstream_failed' in $s)";
const failedOrSkipped = {
  otherwise: (u: readonly TaskStatus[]): TaskStatus => (u.some(bad) ? 'upstream_failed' : 'skipped'),
  otherwiseExpression: `${BAD} ? 'upstream_failed' : 'skipped'`,
};
const skipped = { otherwise: (): TaskStatus => 'skipped', otherwiseExpression: "'skipped'" };
const noSuccess = {
  otherwise: (u: readonly TaskStatus[]): TaskStatus =>
    u.every((s) => s === 'skipped') ? 'skipped' : 'upstream_failed',
  otherwiseExpression: "$count($s[$ = 'skipped']) = $count($s) ? 'skipped' : 'upstream_failed'",
};
const never = { otherwise: (): TaskStatus => 'skipped', otherwiseExpression: "'skipped'" };

export const TRIGGER_RULES: Readonly<Record<TriggerRule, Rule>> = {
  all_success: {
    met: (u) => u.every((s) => s === 'success'),
    expression: "$count($s[$ = 'success']) = $count($s)",
    ...failedOrSkipped,
  },
  all_failed: {
    met: (u) => u.every(bad),
    expression: "$count($s[$ = 'failed' or $ = 'upstream_failed']) = $count($s)",
    ...skipped,
  },
  all_done: { met: () => true, expression: 'true', ...never },
  all_skipped: {
    met: (u) => u.every((s) => s === 'skipped'),
    expression: "$count($s[$ = 'skipped']) = $count($s)",
    ...skipped,
  },
  one_failed: { met: (u) => u.some(bad), expression: BAD, ...skipped },
  one_success: { met: (u) => u.includes('success'), expression: "'success' in $s", ...noSuccess },
  one_done: {
    met: (u) => u.some((s) => s === 'success' || s === 'failed'),
    expression: "('success' in $s or 'failed' in $s)",
    ...skipped,
  },
  all_done_min_one_success: {
    met: (u) => u.includes('success'),
    expression: "'success' in $s",
    ...noSuccess,
  },
  none_failed: { met: (u) => !u.some(bad), expression: `$not(${BAD})`, ...failedOrSkipped },
  none_failed_min_one_success: {
    met: (u) => !u.some(bad) && u.includes('success'),
    expression: `$not(${BAD}) and 'success' in $s`,
    ...failedOrSkipped,
  },
  none_skipped: { met: (u) => !u.includes('skipped'), expression: "$not('skipped' in $s)", ...skipped },
  always: { met: () => true, expression: 'true', ...never },
};
