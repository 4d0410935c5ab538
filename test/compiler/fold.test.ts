import type { State } from '../../lib/compiler/asl';
import { foldBegin, foldEnd } from '../../lib/compiler/fold';

const task = (more: object): State =>
  ({ Type: 'Task', Resource: 'r', Arguments: {}, Output: {}, ...more }) as unknown as State;

describe('foldEnd', () => {
  const states = (end: object, ...more: object[]): Record<string, State> => ({
    ...Object.fromEntries(more.map((one, i) => [`s${i}`, task(one)])),
    end: { Type: 'Succeed', Output: end as never },
  });

  it('ends a scope by its last task, which reads its own result', () => {
    const all = states(
      { a: '{% $a %}', b: { status: '{% $b.status %}' }, c: '{% $c %}' },
      { Assign: { b: '{% $states.result.Payload %}' }, Next: 'end' },
    );
    foldEnd(all, 'end');
    expect(all).toEqual({
      s0: task({
        Assign: { b: '{% $states.result.Payload %}' },
        Output: { a: '{% $a %}', b: { status: '{% $states.result.Payload.status %}' }, c: '{% $c %}' },
        End: true,
      }),
    });
  });

  it('keeps the last state for those that catch their way to it', () => {
    const all = states({ a: '{% $a %}' }, { Next: 'end', Catch: [{ Next: 'end' }] });
    foldEnd(all, 'end');
    expect(all).toHaveProperty('end');
    expect(all['s0']).toMatchObject({ End: true });
  });

  it('takes what is assigned as an object apart, and binds what is computed', () => {
    const all = states(
      { s: '{% $a.status %}', o: '{% $a %}', f: '{% $a.out + 1 %}', n: '{% $n * $nn %}' },
      { Assign: { a: { status: 'success', out: '{% $x %}' }, n: '{% $x + 1 %}' }, Next: 'end' },
    );
    foldEnd(all, 'end');
    expect((all['s0'] as { Output: unknown }).Output).toEqual({
      s: 'success',
      o: { status: 'success', out: '{% $x %}' },
      f: '{% ($a := {"status": "success", "out": $x}; $a.out + 1) %}',
      n: '{% ($n := $x + 1; $n * $nn) %}',
    });
  });
});

describe('foldBegin', () => {
  const begin = { Type: 'Pass', Assign: { each: '{% $states.input %}' }, Output: {}, Next: 's' } as State;

  it('lets the first task read its input, but not inside texts', () => {
    const states = { begin, s: task({ Arguments: { x: '{% "$each" & $each.item & $each2 & `$each` %}' } }) };
    expect(foldBegin(states, 'begin')).toBe('s');
    expect(states).toEqual({
      s: task({ Assign: {}, Arguments: { x: '{% "$each" & $states.input.item & $each2 & `$each` %}' } }),
    });
  });

  it('assigns what later states read, whichever way they are reached', () => {
    const states: Record<string, State> = {
      begin,
      s: task({ Next: 'other', Catch: [{ ErrorEquals: ['e'], Assign: { f: 1 }, Next: 'other' }] }),
      other: task({ Arguments: '{% $each.index %}' }),
    };
    foldBegin(states, 'begin');
    expect(states['s']).toMatchObject({
      Assign: { each: '{% $states.input %}' },
      Catch: [{ Assign: { each: '{% $states.input %}', f: 1 } }],
    });
  });

  it('leaves alone what does not begin with a task', () => {
    const states = { begin, s: { Type: 'Choice', Choices: [], Default: 'x' } as State };
    expect(foldBegin(states, 'begin')).toBe('begin');
    expect(states).toHaveProperty('begin');
  });
});
