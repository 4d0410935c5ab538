import { createHash } from 'node:crypto';
import fc from 'fast-check';
import type { ReturnMode } from '../../lib/model/envelope';
import type { Json } from '../../lib/model/json';
import { parsePath, valueAt } from '../../lib/model/json-path';
import { formatPath } from '../../lib/model/value';
import { inlineResult, mustOffload, offloadedResult } from '../../lib/runtime/offload';
import { rehydrate } from '../../lib/runtime/rehydrate';

type Returns = Record<string, ReturnMode>;

/** Stores a result and gives back what travels, with a store to read it from. */
function offload(out: Json, returns: Returns) {
  const text = JSON.stringify(out);
  const sha256 = createHash('sha256').update(text).digest('hex');
  const place = { bucket: 'b', key: 'executions/r/t/x.json', sha256, bytes: text.length };
  const reads: string[] = [];
  const objects = {
    getBytes: async (uri: string) => {
      reads.push(uri);
      return Buffer.from(text);
    },
  };
  return { travelled: offloadedResult('t', out, returns, place), objects, reads };
}

const hasMarker = (value: Json | undefined): boolean => JSON.stringify(value ?? null).includes('$offloaded');
const big = 'x'.repeat(1000);

describe('a small result', () => {
  it('travels whole up to 8 KiB of UTF-8', () => {
    expect(mustOffload('x'.repeat(8 * 1024 - 2))).toBe(false);
    expect(mustOffload('x'.repeat(8 * 1024 - 1))).toBe(true);
    expect(mustOffload('é'.repeat(4 * 1024))).toBe(true);
  });

  it('has null at referenced places that it leaves out, so that expressions over them are total', () => {
    expect(inlineResult({ a: 1 }, { 'b.c': 'inline', 'd[1].e': 'any', a: 'any' })).toEqual({
      a: 1,
      b: { c: null },
      d: [null, { e: null }],
    });
    expect(inlineResult({ champion: null }, { 'champion.version': 'any' })).toEqual({
      champion: { version: null },
    });
    expect(inlineResult(5, { '': 'any' })).toBe(5);
  });
});

describe('a large result', () => {
  it('leaves exactly the referenced paths: values where expressions read them, markers elsewhere', () => {
    const out = { model: { name: big, auc: 0.8 }, ranking: [big], rows: 800, rest: big };
    const { travelled } = offload(out, { model: 'any', 'model.auc': 'inline', rows: 'any', gone: 'any' });
    expect(travelled).toEqual({
      model: {
        $offloaded: expect.objectContaining({ key: 'executions/r/t/x.json', path: 'model' }) as unknown,
        auc: 0.8,
      },
      rows: 800,
      gone: null,
    });
  });

  it('is empty when nothing of it is referenced', () => {
    expect(offload({ rest: big }, {}).travelled).toEqual({});
  });

  it('referenced whole is one marker, whose path is empty', () => {
    expect(offload([big, big], { '': 'any' }).travelled).toEqual({
      $offloaded: expect.objectContaining({ path: '' }) as unknown,
    });
  });

  it('with a list referenced whole and by index is a list of markers, so that both readings hold', () => {
    const { travelled } = offload(
      { files: [{ uri: big }, { uri: 'short' }] },
      {
        files: 'any',
        'files[0].uri': 'inline',
      },
    );
    expect(travelled).toEqual({
      files: [
        { $offloaded: expect.objectContaining({ path: 'files[0]' }) as unknown, uri: big },
        { uri: 'short' },
      ],
    });
  });

  it('keeps a whole that is read inline free of markers, whatever is referenced below it', () => {
    const { travelled } = offload({ best: { model: big } }, { best: 'inline', 'best.model': 'any' });
    expect(travelled).toEqual({ best: { model: big } });
  });

  it('is refused when expressions read more than fits into the state', () => {
    expect(() => offload({ text: 'x'.repeat(70_000) }, { text: 'inline' })).toThrow(
      expect.objectContaining({
        name: 'Millrace.ResultTooLarge',
        message: expect.stringMatching(
          /^Task 't' returns 70011 bytes .*\(text\); 65536 is the limit\./,
        ) as unknown,
      }),
    );
  });
});

describe('rehydration', () => {
  const key = fc.constantFrom('a', 'b', 'c');
  const leaf = fc.oneof(
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.constant(big),
    fc.constantFrom('s', 'é'),
  );
  const { json } = fc.letrec<{ json: Json }>((tie) => ({
    json: fc.oneof(
      { maxDepth: 4 },
      leaf,
      fc.array(tie('json'), { maxLength: 3 }),
      fc.dictionary(key, tie('json'), { maxKeys: 3 }),
    ),
  }));

  /** Paths into a value: mostly ones it has, some that it has not. */
  const pathsInto = (value: Json): fc.Arbitrary<Returns> => {
    const paths: string[] = [];
    const walk = (part: Json, at: readonly (string | number)[]) => {
      paths.push(formatPath(at));
      if (Array.isArray(part)) part.forEach((item: Json, i) => walk(item, [...at, i]));
      else if (typeof part === 'object' && part !== null)
        for (const [name, item] of Object.entries(part)) walk(item, [...at, name]);
    };
    walk(value, []);
    const existing = fc.constantFrom(...paths);
    const missing = fc.constantFrom('zz', 'zz.y', 'zz.list[1].x');
    const plain = typeof value === 'object' && value !== null && !Array.isArray(value);
    return fc.dictionary(
      plain ? fc.oneof({ weight: 4, arbitrary: existing }, { weight: 1, arbitrary: missing }) : existing,
      fc.constantFrom<ReturnMode>('inline', 'any', 'any'),
      { maxKeys: 6 },
    );
  };

  it('gives every referenced path its value back, and null where there is none', async () => {
    await fc.assert(
      fc.asyncProperty(
        json.chain((out) => fc.tuple(fc.constant(out), pathsInto(out))),
        async ([out, returns]) => {
          const whole = inlineResult(out, returns);
          const { travelled, objects } = offload(out, returns);
          for (const [path, mode] of Object.entries(returns)) {
            const segments = parsePath(path);
            const there = valueAt(travelled, segments);
            expect(there).not.toBeUndefined();
            if (mode === 'inline') expect(hasMarker(there)).toBe(false);
            const expected = valueAt(out, segments);
            // A place without a value is null below it as well; then the whole has gained those nulls.
            const completed = valueAt(whole, segments);
            const back = await rehydrate(there ?? null, objects);
            if (hasMarker(there)) expect([completed, expected ?? null]).toContainEqual(back);
            else expect(back).toEqual(completed);
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  it('fetches a document once for all its markers', async () => {
    const { travelled, objects, reads } = offload({ a: big, b: [big] }, { a: 'any', b: 'any' });
    expect(await rehydrate([travelled, travelled], objects)).toEqual([
      { a: big, b: [big] },
      { a: big, b: [big] },
    ]);
    expect(reads).toEqual(['s3://b/executions/r/t/x.json']);
  });

  it('refuses a document that was changed', async () => {
    const { travelled } = offload({ a: big }, { a: 'any' });
    await expect(rehydrate(travelled, { getBytes: async () => Buffer.from('{}') })).rejects.toMatchObject({
      name: 'Millrace.ResultChanged',
    });
  });

  it('leaves alone what only looks like a marker', async () => {
    const data = { $offloaded: 'yes', list: [{ $offloaded: { key: 1 } }] };
    expect(await rehydrate(data, { getBytes: async () => Buffer.from('') })).toEqual(data);
  });
});
