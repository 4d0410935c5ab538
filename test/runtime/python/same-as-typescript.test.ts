/** The Python runtime against that of TypeScript on random values: one process of Python does all of a batch. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import fc from 'fast-check';
import { z } from 'zod';
import { pythonPartOf } from '../../../lib/dsl/python-task';
import type { ReturnMode } from '../../../lib/model/envelope';
import type { Json } from '../../../lib/model/json';
import { storable } from '../../../lib/runtime/storable';
import { inputHash } from '../../../lib/runtime/input-hash';
import { inlineResult, mustOffload, offloadedResult } from '../../../lib/runtime/offload';
import { contract } from '../../../lib/tasks/contract';
import { describeWithPython } from '../../support/python-functions';

const RUNTIME = join(__dirname, '..', '..', '..', 'lib', 'runtime', 'python');

/** Answers of Python to a batch of questions. */
function ask(code: string, questions: readonly unknown[]): unknown[] {
  const script = `import json, sys\n${code}\njson.dump([answer(q) for q in json.load(sys.stdin)], sys.stdout)`;
  const { stdout, stderr, status } = spawnSync(process.env['MILLRACE_PYTHON'] ?? 'python3', ['-c', script], {
    input: JSON.stringify(questions),
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024,
    env: { PATH: process.env['PATH'], PYTHONPATH: RUNTIME, PYTHONDONTWRITEBYTECODE: '1', PYTHONUTF8: '1' },
  });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as unknown[];
}

const number = fc.oneof(
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e9, max: 1e9 }),
);
const name = fc.constantFrom('a', 'b', 'model', 'auc', 'ü');
const json = fc.letrec<{ json: Json }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 4 },
    fc.constant(null),
    fc.boolean(),
    number.map((value) => (Object.is(value, -0) ? 0 : value)),
    fc.string({ maxLength: 20 }),
    fc.integer({ min: 200, max: 9000 }).map((length) => 'x'.repeat(length)),
    fc.array(tie('json'), { maxLength: 4 }),
    fc.dictionary(name, tie('json'), { maxKeys: 4 }),
  ),
})).json;
const large = fc
  .dictionary(name, json, { minKeys: 1, maxKeys: 4 })
  .map((object): Json => ({ ...object, rest: 'x'.repeat(9000) }));
const path = fc
  .array(fc.oneof(name, fc.nat({ max: 3 })), { maxLength: 3 })
  .map((parts) =>
    parts.reduce<string>(
      (text, part) =>
        typeof part === 'number' ? `${text}[${part}]` : text === '' ? part : `${text}.${part}`,
      '',
    ),
  );
const returns = fc.dictionary(path, fc.constantFrom<ReturnMode>('inline', 'any'), { maxKeys: 4 });

describeWithPython('Python does what TypeScript does', () => {
  it('offloads the same parts of 300 random results', () => {
    const cases = fc.sample(fc.tuple(fc.oneof(json, large), returns), { numRuns: 300, seed: 20261121 });
    const answers = ask(
      `
from millrace.envelope import travelling
class Store:
    bucket = "b"
    def put_bytes(self, key, body, content_type): self.key = key
def answer(question):
    store = Store()
    try:
        return [travelling("t", "r", question[0], question[1], store), getattr(store, "key", None)]
    except Exception as error:
        return [error.name, None]
`,
      cases,
    );
    const offloaded = cases.filter(([value]) => mustOffload(value)).length;
    expect(offloaded).toBeGreaterThan(40);
    cases.forEach(([value, wanted], i) => {
      const [travelled, key] = answers[i] as [Json, string | null];
      if (!mustOffload(value)) {
        expect({ value, wanted, travelled }).toEqual({
          value,
          wanted,
          travelled: inlineResult(value, wanted),
        });
        return;
      }
      if (travelled === 'Millrace.ResultTooLarge') {
        expect(() => offloadedResult('t', value, wanted, place('', 0))).toThrow('is the limit');
        return;
      }
      // Hash and size are those of the bytes that were stored; what stands where is the same.
      const marker = firstMarker(travelled);
      const stored = marker ?? place('', 0);
      expect({ wanted, travelled }).toEqual({
        wanted,
        travelled: offloadedResult('t', value, wanted, stored),
      });
      if (marker !== undefined) expect(key).toBe(`executions/r/t/${marker.sha256}.json`);
    });
  });

  const contracts = {
    plain: z.object({ a: z.number(), b: z.string().default('b'), auc: z.int().optional() }),
    strict: z.strictObject({ a: z.number().optional() }),
    loose: z.looseObject({ b: z.boolean().nullable().optional() }),
    list: z.array(z.object({ a: z.number().min(0).max(10) })).max(3),
    record: z.record(z.string().regex(/^[ab]+$/), z.number()),
    union: z.union([z.number().int(), z.string().min(2), z.object({ model: z.json() })]),
    tagged: z.discriminatedUnion('a', [
      z.object({ a: z.literal('b'), b: z.number() }),
      z.object({ a: z.literal('x'), b: z.string() }),
    ]),
    tuple: z.tuple([z.number(), z.string()]),
    choice: z.object({ a: z.enum(['a', 'b']).default('a'), model: z.literal(1).optional() }),
    nested: z.object({ model: z.object({ auc: z.number().gt(0).lt(1).default(0.5) }).default({ auc: 0.5 }) }),
    json: z.json(),
  };
  const value = fc.oneof(
    json,
    fc.record(
      {
        a: fc.oneof(number, fc.constantFrom('a', 'b', 'x', null)),
        b: fc.oneof(number, fc.string(), fc.boolean()),
      },
      { requiredKeys: [] },
    ),
    fc.record(
      {
        model: fc.record({ auc: fc.double({ min: -0.5, max: 1.5, noNaN: true }) }, { requiredKeys: [] }),
        auc: number,
      },
      { requiredKeys: [] },
    ),
    fc.array(fc.record({ a: fc.integer({ min: -1, max: 11 }) }), { maxLength: 4 }),
    fc.tuple(number, fc.string()),
    fc.dictionary(fc.constantFrom('a', 'ab', 'c'), number),
  ) as fc.Arbitrary<Json>;

  it('parses 1,500 random values as zod does: the same are refused, and the rest comes out the same', () => {
    const cases = fc.sample(fc.tuple(fc.constantFrom(...Object.keys(contracts)), value), {
      numRuns: 1500,
      seed: 7,
    });
    const schemas = Object.fromEntries(
      Object.entries(contracts).map(([key, input]) => [
        key,
        pythonPartOf(contract({ name: key, summary: '', input, output: input, runtime: 'python' }), undefined)
          .python?.input,
      ]),
    );
    const answers = ask(
      `
from millrace.schema import parse, Fault
def answer(question):
    try:
        return {"value": parse(question[0], question[1])}
    except Fault as fault:
        return {"fault": str(fault)}
`,
      cases.map(([key, given]) => [schemas[key], given]),
    ) as { value?: Json; fault?: string }[];
    let fits = 0;
    cases.forEach(([key, given], i) => {
      const parsed = contracts[key as keyof typeof contracts].safeParse(given);
      const answer = answers[i];
      const told = JSON.stringify({ key, given, answer });
      if (parsed.success) {
        fits++;
        expect([told, answer?.value]).toEqual([told, JSON.parse(JSON.stringify(parsed.data)) as Json]);
      } else expect([told, typeof answer?.fault]).toEqual([told, 'string']);
    });
    expect(fits).toBeGreaterThan(300);
    expect(cases.length - fits).toBeGreaterThan(300);
  });

  it('keeps the numbers that tables can hold alike, and refuses the same', () => {
    const outputs: Json[] = [
      { p: [4e-178, -1e-131, 1e-130, 0], auc: 0.5, yes: true, text: '1e200' },
      -3,
      null,
    ];
    const code = 'from millrace.storable import storable\nanswer = lambda q: storable("t", q)';
    expect(ask(code, outputs)).toEqual(outputs.map((out) => storable('t', out)));
    expect(storable('t', outputs[0]!)).toMatchObject({ p: [0, 0, 1e-130, 0] });
    const refused = "The output of task 't' is 1e+200 at a.1";
    expect(() => storable('t', { a: [1, 1e200] })).toThrow(refused);
    expect(() => ask(code, [{ a: [1, 1e200] }])).toThrow(refused);
  });

  it('hashes inputs of texts and whole numbers alike', () => {
    const inputs: Json[] = [
      { b: 1, a: ['ü', null, true] },
      [],
      { $offloaded: { bucket: 'b', key: 'k', sha256: 's', path: '' } },
    ];
    expect(ask('from millrace.cache import input_hash as answer', inputs)).toEqual(inputs.map(inputHash));
  });

  it('says what of a contract it could not check', () => {
    const odd = z.object({
      a: z.string().transform((text) => text.length),
      b: z.number().refine((number) => number > 1),
      c: z.date(),
      d: z.object({ e: z.string().email() }),
    });
    expect(
      pythonPartOf(
        contract({ name: 'odd', summary: '', input: odd, output: z.null(), runtime: 'python' }),
        undefined,
      ).python?.unchecked,
    ).toEqual(
      expect.arrayContaining([
        expect.stringContaining('input.a: a transformation'),
        'input.b: a refinement',
        'input.c: a Date (use z.iso.datetime())',
      ]),
    );
  });
});

function place(sha256: string, bytes: number) {
  return { bucket: 'b', key: `executions/r/t/${sha256}.json`, sha256, bytes };
}

function firstMarker(travelled: Json): ReturnType<typeof place> | undefined {
  const found = /"\$offloaded":(\{[^{}]*\})/.exec(JSON.stringify(travelled));
  if (found === null) return undefined;
  const { bucket, key, sha256, bytes } = JSON.parse(found[1] ?? '') as ReturnType<typeof place>;
  expect(createHash('sha256').update('').digest('hex')).not.toBe(sha256);
  return { bucket, key, sha256, bytes };
}
