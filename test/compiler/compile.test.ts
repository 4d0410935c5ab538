import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import jsonata from 'jsonata';
import { compile } from '../../lib/compiler/compile';
import { loadPipelines } from '../../lib/dsl/load-pipelines';
import { pipeline } from '../../lib/dsl/pipeline';
import { notify } from '../../lib/dsl/tasks';
import { machineFaults } from '../cloud/support/validate-machine';

const GOLDEN = join(__dirname, '..', 'golden', 'credit-risk.asl.json');

const { pipelines } = loadPipelines(join(__dirname, '..', '..', 'pipelines'));
const creditRisk = pipelines.find(({ model }) => model.id === 'credit-risk')?.model;
if (creditRisk === undefined) throw new Error('credit-risk does not load.');

const send = (id: string) => notify(id, { subject: id, text: id });

describe('compile', () => {
  it('gives the golden machine of credit-risk (UPDATE_GOLDEN=1 npx jest test/compiler rewrites it)', () => {
    const text = `${JSON.stringify(compile(creditRisk).definition, null, 2)}\n`;
    if (process.env['UPDATE_GOLDEN'] === '1' || !existsSync(GOLDEN)) writeFileSync(GOLDEN, text);
    expect(text).toBe(readFileSync(GOLDEN, 'utf8'));
  });

  it('gives machines that asl-validator takes, and expressions that JSONata takes', () => {
    const { definition } = compile(creditRisk);
    const text = JSON.stringify(definition).replace(
      /\$\{(\w+)\}/g,
      'arn:aws:lambda:us-east-1:000000000000:function:$1',
    );
    expect(machineFaults(JSON.parse(text))).toBe('');
    const expressions = [...JSON.stringify(definition).matchAll(/"(\{%(?:[^"\\]|\\.)*%\})"/g)].map(
      (match) => JSON.parse(`"${match[1] ?? ''}"`) as string,
    );
    expect(expressions.length).toBeGreaterThan(50);
    for (const expression of expressions) expect(() => jsonata(expression.slice(2, -2))).not.toThrow();
  });

  it('is pure: the same bytes each time', () => {
    expect(JSON.stringify(compile(creditRisk))).toBe(JSON.stringify(compile(creditRisk)));
  });

  it('writes a plain chain without guards', () => {
    const { model } = pipeline({ id: 'chain', description: 'Three in a row' }, () => {
      send('c').after(send('b').after(send('a')));
    });
    const { States } = compile(model).definition;
    expect(Object.keys(States)).toEqual(['Begin', 'c', 'b', 'a', 'Finish', 'Failed']);
    expect(States['a']).toMatchObject({
      Next: 'b',
      Catch: [
        {},
        { Next: 'Finish', Assign: { b: { status: 'upstream_failed' }, c: { status: 'upstream_failed' } } },
      ],
    });
  });

  it('asks after a parallel part, and only there', () => {
    const { model } = pipeline({ id: 'diamond', description: 'One, two, one' }, () => {
      const a = send('a');
      const b = send('b').after(a);
      const c = send('c').after(a);
      send('d').after(b, c);
    });
    const { States } = compile(model).definition;
    expect(Object.keys(States)).toEqual(['Begin', 'a', 'b || c', 'd?', 'd', 'Finish', 'Failed']);
    expect(States['d?']).toMatchObject({
      Choices: [{ Condition: "{% $b.status = 'success' and $c.status = 'success' %}", Next: 'd' }],
      Default: 'Finish',
    });
  });

  it('leaves catching out when a pipeline fails fast', () => {
    const { model } = pipeline({ id: 'fast', description: 'Stops at once', failureMode: 'failFast' }, () => {
      send('b').after(send('a'));
    });
    const { Finish, ...others } = compile(model).definition.States;
    expect(JSON.stringify(others)).not.toContain('"Catch"');
    expect(Finish).toHaveProperty('Catch');
  });
});
