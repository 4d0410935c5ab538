import jsonata from 'jsonata';
import { compile } from '../../lib/compiler/compile';
import { PartialOrder } from '../../lib/compiler/partial-order';
import { planOf, type Plan } from '../../lib/compiler/plan';
import { verifyPlan } from '../../lib/compiler/verify-plan';
import { pipeline } from '../../lib/dsl/pipeline';
import { notify } from '../../lib/dsl/tasks';
import { machineFaults } from '../cloud/support/validate-machine';

const send = (id: string) => notify(id, { subject: id, text: id });

function graph(...edges: readonly (readonly [string, string])[]) {
  const ids = [...new Set(edges.flat())];
  const list = edges.map(([from, to]) => ({ from, to }));
  return { order: new PartialOrder(ids, list), edges: list };
}

const n = () =>
  pipeline({ id: 'n', description: 'An N' }, () => {
    const a = send('a');
    const b = send('b');
    send('c').after(a, b);
    send('d').after(b);
  }).model;

describe('gates', () => {
  it('hold what series and parallel parts cannot', () => {
    const { gates, definition } = compile(n());
    expect(gates).toEqual([{ from: 'b', to: 'c' }]);
    const text = JSON.stringify(definition);
    expect(text).toContain('"await b"');
    expect(text).toContain('"mark b"');
    expect(text).toContain('"wake for b"');
  });

  it('give machines that asl-validator takes, and expressions that JSONata takes', () => {
    const text = JSON.stringify(compile(n()).definition);
    const arn = 'arn:aws:lambda:us-east-1:000000000000:function:$1';
    expect(machineFaults(JSON.parse(text.replace(/\$\{(\w+)\}/g, arn)))).toBe('');
    for (const [, expression] of text.matchAll(/"(\{%(?:[^"\\]|\\.)*%\})"/g))
      expect(() => jsonata((JSON.parse(`"${expression ?? ''}"`) as string).slice(2, -2))).not.toThrow();
  });

  it('are not needed for series-parallel graphs, nor for edges that follow from others', () => {
    const { order, edges } = graph(['a', 'b'], ['a', 'c'], ['b', 'd'], ['c', 'd'], ['a', 'd']);
    expect(planOf(order, edges).gates).toEqual([]);
  });

  it('are few: three for a credit-risk graph of 14 tasks and 19 edges', () => {
    const { order, edges } = graph(
      ['ingest', 'validate'],
      ['validate', 'profile'],
      ['validate', 'features'],
      ['features', 'forest'],
      ['features', 'logistic'],
      ['features', 'boosting'],
      ['forest', 'evaluate'],
      ['logistic', 'evaluate'],
      ['boosting', 'evaluate'],
      ['profile', 'drift'],
      ['features', 'drift'],
      ['evaluate', 'select'],
      ['select', 'register'],
      ['drift', 'register'],
      ['profile', 'report'],
      ['evaluate', 'report'],
      ['register', 'promote'],
      ['report', 'notify'],
      ['promote', 'notify'],
    );
    const planned = planOf(order, edges);
    verifyPlan(planned, order, edges);
    expect(planned.gates.length).toBeLessThanOrEqual(3);
  });

  it('are proven: a plan that orders too much or too little is refused', () => {
    const { order, edges } = graph(['a', 'c'], ['b', 'c'], ['b', 'd']);
    const planned = planOf(order, edges);
    expect(() => verifyPlan({ ...planned, gates: [] }, order, edges)).toThrow('does not hold the edge');
    const row: Plan = {
      kind: 'series',
      parts: ['a', 'b', 'c', 'd'].map((id) => ({ kind: 'task', id })),
    };
    expect(() => verifyPlan({ plan: row, gates: [] }, order, edges)).toThrow('for no reason');
  });

  it('leave the size of a long chain linear', () => {
    const chain = (length: number) => {
      const { model } = pipeline({ id: 'chain', description: 'Long' }, () => {
        let last = send('t0');
        for (let i = 1; i < length; i++) last = send(`t${i}`).after(last);
      });
      return JSON.stringify(compile(model).definition).length;
    };
    expect(chain(300) / chain(100)).toBeLessThan(3.2);
  });
});
