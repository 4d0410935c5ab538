/** What decisions and failures are in the machine, state by state. */
import { z } from 'zod';
import { compile } from '../../lib/compiler/compile';
import { choose } from '../../lib/dsl/choose';
import { join } from '../../lib/dsl/join';
import { pipeline } from '../../lib/dsl/pipeline';
import { shortCircuit } from '../../lib/dsl/short-circuit';
import { notify } from '../../lib/dsl/tasks';

const params = z.object({ n: z.number() });
const done = (id: string) => ({
  Type: 'Pass',
  Assign: { [id]: { status: 'success', out: null } },
  Output: {},
  Next: 'Finish',
});

it('a branch is a Choice; what is not chosen is skipped', () => {
  const { definition } = compile(
    pipeline({ id: 'p', description: 'd', params }, (tools) => {
      tools.branch('big', tools.params.n.atLeast(10), { yes: () => join('a'), no: () => join('b') });
    }).model,
  );
  const { big, a, b } = definition.States;
  expect({ big, a, b }).toEqual({
    big: {
      Type: 'Choice',
      Choices: [
        {
          Condition: '{% ($run.params.n >= 10) %}',
          Assign: { big: { status: 'success', out: 'yes' }, b: { status: 'skipped' } },
          Next: 'a',
        },
      ],
      Default: 'b',
      Assign: { big: { status: 'success', out: 'no' }, a: { status: 'skipped' } },
    },
    a: done('a'),
    b: done('b'),
  });
});

it('a choice among cases is a Pass; each case asks whether it was chosen', () => {
  const { definition } = compile(
    pipeline({ id: 'p', description: 'd', params }, (tools) => {
      choose('way', {
        cases: { one: { when: tools.params.n.equals(1), do: () => join('a') } },
        otherwise: () => join('b'),
      });
    }).model,
  );
  expect(definition.States['way']).toEqual({
    Type: 'Pass',
    Assign: {
      way: {
        status: 'success',
        out: '{% ($c := [(($run.params.n = 1) ? "one")]; $count($c) = 0 ? ["otherwise"] : $c) %}',
      },
    },
    Output: {},
    Next: 'a || b',
  });
  expect(definition.States['a || b']).toMatchObject({
    Type: 'Parallel',
    Branches: [
      { States: { 'a?': { Choices: [{ Condition: '{% "one" in $way.out %}' }], Default: 'a ended' } } },
      { States: { 'b?': { Choices: [{ Condition: '{% "otherwise" in $way.out %}' }], Default: 'b ended' } } },
    ],
  });
});

it('a short-circuit is a Pass, and what is after it hands the skip on', () => {
  const { definition } = compile(
    pipeline({ id: 'p', description: 'd', params }, (tools) => {
      const go = shortCircuit('go', tools.params.n.atLeast(10));
      join('next').after(go);
    }).model,
  );
  const { go, 'next?': guard, next } = definition.States;
  expect({ go, guard, next }).toEqual({
    go: {
      Type: 'Pass',
      Assign: {
        go: "{% ($run.params.n >= 10) ? {'status': 'success', 'out': true} : {'status': 'skipped'} %}",
      },
      Output: {},
      Next: 'next?',
    },
    guard: {
      Type: 'Choice',
      Choices: [{ Condition: "{% $go.status = 'success' %}", Next: 'next' }],
      Default: 'Finish',
      Assign: {
        next: {
          status:
            "{% ($s := [$go.status]; ('failed' in $s or 'upstream_failed' in $s) ? 'upstream_failed' : 'skipped') %}",
        },
      },
    },
    next: done('next'),
  });
});

describe('a chain of two whose first task fails', () => {
  const statesOf = (failureMode: 'continue' | 'failFast') =>
    compile(
      pipeline({ id: 'p', description: 'd', failureMode }, () => {
        const a = notify('a', { subject: 'a', text: 'a' });
        notify('b', { subject: 'b', text: 'b' }).after(a);
      }).model,
    ).definition.States;

  it('goes on: the failure is caught, what waits for it does not run', () => {
    const caught = {
      Assign: {
        a: { status: 'failed', error: '{% $states.errorOutput %}' },
        b: { status: 'upstream_failed' },
      },
      Output: {},
      Next: 'Finish',
    };
    expect(statesOf('continue')['a']).toMatchObject({
      Catch: [
        { ErrorEquals: ['States.DataLimitExceeded'], ...caught },
        { ErrorEquals: ['States.ALL'], ...caught },
      ],
      Next: 'b',
    });
  });

  it('stops when it fails fast: nothing is caught, and there is nothing to ask', () => {
    const { a, b, 'b?': guard } = statesOf('failFast');
    expect([a?.Type, a !== undefined && 'Catch' in a, guard]).toEqual(['Task', false, undefined]);
    expect(a).toMatchObject({ Next: 'b' });
    expect(b).toMatchObject({ Next: 'Finish' });
  });
});
