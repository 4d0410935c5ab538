import type { State } from '../../lib/compiler/asl';
import { ASSUMED_ITEMS, transitionsOf } from '../../lib/compiler/transitions';

const machine = (states: object) => ({ StartAt: 'a', States: states as Record<string, State> });
const pass = (Next?: string) => ({ Type: 'Pass', ...(Next === undefined ? { End: true } : { Next }) });

it('counts each state on the way once, and of choices the dearer', () => {
  const states = {
    a: { Type: 'Choice', Choices: [{ Condition: '', Next: 'b' }], Default: 'd' },
    b: pass('c'),
    c: pass('d'),
    d: { Type: 'Task', End: true, Catch: [{ Next: 'e' }] },
    e: pass(),
  };
  expect(transitionsOf(machine(states))).toBe(4);
  expect(transitionsOf(machine(states), (name) => (name === 'd' ? 1 : 0))).toBe(1);
});

it('adds the branches of a Parallel and multiplies the items of a Map', () => {
  const inner = { StartAt: 'x', States: { x: pass('y'), y: pass() } };
  const map = (Items: string) => machine({ a: { Type: 'Map', Items, ItemProcessor: inner, End: true } });
  expect(transitionsOf(machine({ a: { Type: 'Parallel', Branches: [inner, inner], End: true } }))).toBe(5);
  expect(transitionsOf(map('{% [1,2,3] %}'))).toBe(7);
  expect(transitionsOf(map('{% $list %}'))).toBe(1 + 2 * ASSUMED_ITEMS);
});

it('takes chains of any length', () => {
  const long = Object.fromEntries(
    Array.from({ length: 20_000 }, (_, i) => [
      i === 0 ? 'a' : `s${i}`,
      pass(i === 19_999 ? undefined : `s${i + 1}`),
    ]),
  );
  expect(transitionsOf(machine(long))).toBe(20_000);
});
