/** Each trigger rule for every way in which one to three upstream tasks can end: as JSONata, as the compiler reckons, as the reference says. */
import { compile } from '../../lib/compiler/compile';
import { TRIGGER_RULES } from '../../lib/compiler/trigger-rules';
import { pipeline } from '../../lib/dsl/pipeline';
import { shell } from '../../lib/dsl/shell';
import { evaluate } from '../../lib/local/stepfunctions/jsonata';
import type { TaskStatus } from '../../lib/model/envelope';
import type { TriggerRule } from '../../lib/model/task-node';
import { schedule, type ReferenceTask } from '../support/reference-scheduler';

const STATUSES: readonly TaskStatus[] = ['success', 'failed', 'skipped', 'upstream_failed'];
const RULES = Object.keys(TRIGGER_RULES) as TriggerRule[];

function* endings(count: number): Generator<TaskStatus[]> {
  if (count === 0) yield [];
  else for (const rest of endings(count - 1)) for (const status of STATUSES) yield [...rest, status];
}
const ALL = [1, 2, 3].flatMap((count) => [...endings(count)]);

/** What the reference makes of a task whose upstream tasks end like that. */
function reference(rule: TriggerRule, upstream: readonly TaskStatus[]): string {
  const task = (id: string, more: Partial<ReferenceTask>): ReferenceTask => ({
    id,
    upstream: [],
    rule: 'all_success',
    attempts: [{ seconds: 1, success: true }],
    retryDelay: 0,
    ...more,
  });
  const ends = upstream.map((status, i): ReferenceTask => {
    if (status === 'upstream_failed') return task(`u${i}`, { upstream: ['broken'] });
    if (status === 'skipped') return task(`u${i}`, { skips: true });
    return task(`u${i}`, { attempts: [{ seconds: 1, success: status === 'success' }] });
  });
  const broken = task('broken', { attempts: [{ seconds: 1, success: false }] });
  const last = task('last', { upstream: ends.map(({ id }) => id), rule });
  const run = schedule([broken, ...ends, last], { decide: 'at-end', failureMode: 'continue' });
  return run.started.has('last') ? 'runs' : (run.ends.get('last')?.status ?? 'nothing');
}

it.each(RULES)('%s', async (rule) => {
  const { met, otherwise, expression, otherwiseExpression } = TRIGGER_RULES[rule];
  for (const upstream of ALL) {
    const bindings = { variables: () => ({ s: upstream }), states: {} } as never;
    const runs = await evaluate(`{% ($s := $s; ${expression}) %}`, bindings, 'Condition');
    const instead = await evaluate(`{% ($s := $s; ${otherwiseExpression}) %}`, bindings, 'Assign');
    expect([upstream, met(upstream) ? 'runs' : otherwise(upstream)]).toEqual([
      upstream,
      reference(rule, upstream),
    ]);
    expect([upstream, runs, runs === true ? '' : instead]).toEqual([
      upstream,
      met(upstream),
      met(upstream) ? '' : otherwise(upstream),
    ]);
  }
});

describe('the guard of a task after one that may fail and one that may be skipped', () => {
  const guardOf = (triggerRule: TriggerRule): unknown => {
    const { definition } = compile(
      pipeline({ id: 'guarded', description: 'A guard' }, () => {
        const a = shell('a', { command: 'true' });
        const b = shell('b', { command: 'exit 99' });
        shell('c', { command: 'true' }, { after: [a, b], triggerRule });
      }).model,
    );
    const guard = definition.States['c?'];
    return guard?.Type === 'Choice' ? guard.Choices.map(({ Condition }) => Condition) : undefined;
  };
  const s = '$s := [$a.status, $b.status]';

  it.each<[TriggerRule, string | undefined]>([
    ['all_success', "{% $a.status = 'success' and $b.status = 'success' %}"],
    ['all_failed', `{% (${s}; $count($s[$ = 'failed' or $ = 'upstream_failed']) = $count($s)) %}`],
    ['all_done', undefined],
    ['all_skipped', `{% (${s}; $count($s[$ = 'skipped']) = $count($s)) %}`],
    ['one_failed', `{% (${s}; ('failed' in $s or 'upstream_failed' in $s)) %}`],
    ['one_success', `{% (${s}; 'success' in $s) %}`],
    ['one_done', `{% (${s}; ('success' in $s or 'failed' in $s)) %}`],
    ['all_done_min_one_success', `{% (${s}; 'success' in $s) %}`],
    ['none_failed', `{% (${s}; $not(('failed' in $s or 'upstream_failed' in $s))) %}`],
    [
      'none_failed_min_one_success',
      `{% (${s}; $not(('failed' in $s or 'upstream_failed' in $s)) and 'success' in $s) %}`,
    ],
    ['none_skipped', `{% (${s}; $not('skipped' in $s)) %}`],
    ['always', undefined],
  ])('%s', (rule, condition) => {
    expect(guardOf(rule)).toEqual(condition === undefined ? undefined : [condition]);
  });

  it('is there for every rule', () => expect(RULES).toHaveLength(12));
});
