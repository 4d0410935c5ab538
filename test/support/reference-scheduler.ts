/**
 * What Airflow would do, stated plainly. Sources: Airflow 2.10, `airflow/ti_deps/deps/trigger_rule_dep.py` (rules),
 * `not_previously_skipped_dep.py` and `models/skipmixin.py` (branches), `models/dagrun.py` (state of the run).
 */
import type { TaskStatus } from '../../lib/model/envelope';
import type { TriggerRule } from '../../lib/model/task-node';

export interface ReferenceTask {
  readonly id: string;
  readonly upstream: readonly string[];
  readonly rule: TriggerRule;
  /** Outcome of each attempt; the last one stays. */
  readonly attempts: readonly { readonly seconds: number; readonly success: boolean }[];
  /** Seconds between attempts. */
  readonly retryDelay: number;
  /** For a branch: the choices that it makes. */
  readonly choices?: readonly string[];
  /** Ends as skipped when it runs, and would otherwise succeed. */
  readonly skips?: boolean;
  readonly chosenBy?: { readonly branch: string; readonly choice: string };
}

export interface ReferenceEnd {
  readonly status: TaskStatus;
  /** Seconds; absent when the task did not run. */
  readonly start?: number;
  readonly end: number;
}

export interface ReferenceRun {
  /** Tasks that have an end; under `failFast` the rest was stopped or never started. */
  readonly ends: ReadonlyMap<string, ReferenceEnd>;
  readonly started: ReadonlyMap<string, number>;
  readonly failed: boolean;
  /** Under `failFast`, when the first failure stopped everything; what else happens at that instant is open. */
  readonly stoppedAt?: number;
}

interface Options {
  /**
   * When the end of a task that does not run, and the start of one that does, are decided.
   * `airflow`: as soon as the rule allows; `at-end`: when all upstream tasks have ended. The latter is millrace's
   * documented difference: a join of a state machine comes when all of its branches have come.
   */
  readonly decide: 'airflow' | 'at-end';
  readonly failureMode: 'continue' | 'failFast';
}

type Verdict = 'run' | 'wait' | 'skipped' | 'upstream_failed';

export function schedule(tasks: readonly ReferenceTask[], options: Options): ReferenceRun {
  const ends = new Map<string, ReferenceEnd>();
  const started = new Map<string, number>();
  const running: { id: string; at: number; status: TaskStatus }[] = [];
  const byId = new Map(tasks.map((task) => [task.id, task]));
  for (let now = 0; ;) {
    for (let changed = true; changed;) {
      changed = false;
      for (const task of tasks) {
        if (ends.has(task.id) || started.has(task.id)) continue;
        const verdict = decide(task, byId, ends, options.decide);
        if (verdict === 'wait') continue;
        changed = true;
        if (verdict === 'run') {
          started.set(task.id, now);
          const { seconds, success } = lengthOf(task);
          const good = task.skips === true ? 'skipped' : 'success';
          running.push({ id: task.id, at: now + seconds, status: success ? good : 'failed' });
        } else ends.set(task.id, { status: verdict, end: now });
      }
      // What takes no time ends at once.
      for (const done of running.filter((task) => task.at === now)) {
        running.splice(running.indexOf(done), 1);
        ends.set(done.id, { status: done.status, start: started.get(done.id) ?? now, end: now });
        changed = true;
        if (done.status === 'failed' && options.failureMode === 'failFast')
          return { ends, started, failed: true, stoppedAt: now };
      }
    }
    const next = Math.min(...running.map((task) => task.at));
    if (!Number.isFinite(next)) break;
    now = next;
  }
  const leaves = tasks.filter((task) => !tasks.some((other) => other.upstream.includes(task.id)));
  // "DagRun fails if any leaf has failed": dagrun.py, update_state.
  const failed = leaves.some((leaf) =>
    ['failed', 'upstream_failed'].includes(ends.get(leaf.id)?.status ?? ''),
  );
  return { ends, started, failed };
}

function lengthOf(task: ReferenceTask): { seconds: number; success: boolean } {
  let seconds = 0;
  for (const [i, attempt] of task.attempts.entries()) {
    seconds += (i === 0 ? 0 : task.retryDelay) + attempt.seconds;
    if (attempt.success) return { seconds, success: true };
  }
  return { seconds, success: task.attempts.length === 0 };
}

function decide(
  task: ReferenceTask,
  tasks: ReadonlyMap<string, ReferenceTask>,
  ends: ReadonlyMap<string, ReferenceEnd>,
  when: Options['decide'],
): Verdict {
  const known = task.upstream.flatMap((id) => ends.get(id)?.status ?? []);
  const all = known.length === task.upstream.length;
  if (when === 'at-end' && !all) return 'wait';

  // A branch skips what it did not choose, whatever the rule says.
  if (task.chosenBy !== undefined) {
    const branch = ends.get(task.chosenBy.branch);
    const choices = tasks.get(task.chosenBy.branch)?.choices ?? [];
    if (branch?.status === 'success' && !choices.includes(task.chosenBy.choice)) return 'skipped';
  }
  const count = (...statuses: TaskStatus[]) => known.filter((status) => statuses.includes(status)).length;
  const success = count('success');
  const skipped = count('skipped');
  const failed = count('failed');
  const upstreamFailed = count('upstream_failed');
  const bad = failed + upstreamFailed;
  const total = task.upstream.length;
  if (total === 0) return 'run';
  const never = (verdict: Verdict, decided: boolean): Verdict => (decided ? verdict : 'wait');

  switch (task.rule) {
    case 'always':
      return 'run';
    case 'all_done':
      return all ? 'run' : 'wait';
    case 'all_success':
      if (bad > 0) return 'upstream_failed';
      if (skipped > 0) return 'skipped';
      return success === total ? 'run' : 'wait';
    case 'all_failed':
      if (success > 0 || skipped > 0) return 'skipped';
      return bad === total ? 'run' : 'wait';
    case 'all_skipped':
      if (success > 0 || bad > 0) return 'skipped';
      return skipped === total ? 'run' : 'wait';
    case 'one_success':
      if (success > 0) return 'run';
      if (all && skipped === total) return 'skipped';
      return never('upstream_failed', all);
    case 'one_failed':
      if (bad > 0) return 'run';
      return never('skipped', all);
    case 'one_done':
      if (success + failed > 0) return 'run';
      return never('skipped', all);
    case 'all_done_min_one_success':
      if (!all) return 'wait';
      if (success > 0) return 'run';
      return skipped === total ? 'skipped' : 'upstream_failed';
    case 'none_failed':
      if (bad > 0) return 'upstream_failed';
      return all ? 'run' : 'wait';
    case 'none_failed_min_one_success':
      if (bad > 0) return 'upstream_failed';
      if (all && skipped === total) return 'skipped';
      return all ? 'run' : 'wait';
    case 'none_skipped':
      if (skipped > 0) return 'skipped';
      return all ? 'run' : 'wait';
  }
}
