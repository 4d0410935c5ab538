/** Preprocessing beside numbers that scikit-learn and pandas gave (fixtures/make-preprocessing.py). */
import {
  fitColumns,
  fitTransformColumns,
  transformColumns,
  type ColumnStep,
} from '../../lib/ml/preprocessing/column-transformer';
import { kFold } from '../../lib/ml/cross-validation';
import { dateParts, type DatePart } from '../../lib/ml/preprocessing/date-parts';
import { fitNumberImpute, fitTextImpute } from '../../lib/ml/preprocessing/impute';
import { murmur3 } from '../../lib/ml/preprocessing/murmur3';
import { applyPolynomial } from '../../lib/ml/preprocessing/polynomial';
import { applyScale, fitScale, type Scaling } from '../../lib/ml/preprocessing/scale';
import { applyTarget, fitTarget } from '../../lib/ml/preprocessing/target-encoding';
import type { RawColumn } from '../../lib/ml/raw-column';
import fixture from './fixtures/preprocessing.json';

const all = Array.from({ length: 30 }, (_, row) => row);
const number = (name: string, values: readonly (number | null)[]): RawColumn => ({
  name,
  kind: 'number',
  values,
});
const text = (name: string, values: readonly (string | null)[]): RawColumn => ({
  name,
  kind: 'text',
  values,
});
const y = Float64Array.from(fixture.y);

function features(
  steps: readonly ColumnStep[],
  fit: readonly RawColumn[],
  at: readonly RawColumn[],
): number[][] {
  const rows = Array.from({ length: at[0]?.values.length ?? 0 }, (_, row) => row);
  const state = JSON.parse(JSON.stringify(fitColumns(fit, all, steps, y))) as ReturnType<typeof fitColumns>;
  return transformColumns(state, at, rows).columns.map((column) => [...column]);
}

/** Features are float32: about seven digits, of which products of several keep six. */
const close = (expected: readonly (readonly number[])[]) =>
  expected.map((column) =>
    column.map((value) => {
      const before = Math.floor(Math.log10(Math.max(1, Math.abs(value))));
      return expect.closeTo(value, 5 - before) as number;
    }),
  );

describe('numbers', () => {
  const n = number('n', fixture.numbers);
  const fresh = number('n', fixture.new);
  it.each<[string, ColumnStep, number[][]]>([
    ['standard', { kind: 'numbers' }, fixture.standard],
    ['min-max', { kind: 'numbers', scale: { kind: 'min-max', low: -1 } }, fixture.minMax],
    ['min-max, clipped', { kind: 'numbers', scale: { kind: 'min-max', clip: true } }, fixture.minMaxClip],
    ['robust', { kind: 'numbers', scale: { kind: 'robust' } }, fixture.robust],
    ['quantile bins', { kind: 'bins', nBins: 4 }, fixture.binsQuantile],
    ['uniform bins', { kind: 'bins', nBins: 4, strategy: 'uniform' }, fixture.binsUniform],
  ])('%s', (_name, step, expected) => {
    expect(features([step], [n], [fresh])).toEqual(close(expected));
  });

  // Features are float32 in the end; what is computed before that is checked in full.
  it('agrees to 1e-9 before it is rounded', () => {
    const near = (found: Float64Array | undefined, expected: readonly number[] | undefined) => {
      expect(found?.length).toBe(expected?.length);
      expected?.forEach((value, i) =>
        expect(Math.abs((found?.[i] ?? Number.NaN) - value)).toBeLessThan(1e-9),
      );
    };
    const [fitted, at] = [Float64Array.from(fixture.numbers), Float64Array.from(fixture.new)];
    const scaled = (scaling: Scaling) => applyScale(fitScale(fitted, scaling), at);
    near(scaled({ kind: 'standard' }), fixture.standard[0]);
    near(scaled({ kind: 'min-max', low: -1 }), fixture.minMax[0]);
    near(scaled({ kind: 'min-max', clip: true }), fixture.minMaxClip[0]);
    near(scaled({ kind: 'robust' }), fixture.robust[0]);
    const head = [fixture.numbers, fixture.other].map((values) => Float64Array.from(values.slice(0, 4)));
    const cubes = applyPolynomial(head, { degree: 3 });
    expect(cubes).toHaveLength(fixture.polynomial.length);
    cubes.forEach((column, i) => near(column, fixture.polynomial[i]));
  });

  it('polynomials in scikit-learn’s order', () => {
    const o = number('o', fixture.other);
    const head = [n, o].map((column) => ({ ...column, values: column.values.slice(0, 4) }) as RawColumn);
    const scale = { kind: 'none' } as const;
    const cubes: ColumnStep = { kind: 'polynomial', degree: 3, scale };
    expect(features([cubes], [n, o], head)).toEqual(close(fixture.polynomial));
    expect(transformColumns(fitColumns([n, o], all, [cubes]), head, [0]).names).toEqual(
      fixture.polynomialNames,
    );
    expect(features([{ kind: 'polynomial', interactionOnly: true, scale }], [n, o], head)).toEqual(
      close(fixture.interactions),
    );
  });

  it.each(['mean', 'median', 'most-frequent'] as const)('imputes the %s', (strategy) => {
    expect(fitNumberImpute(fixture.holes, { strategy })).toBeCloseTo(fixture.impute[strategy], 12);
  });

  it('marks what was missing, or leaves it to the model', () => {
    const gaps = [number('n', fixture.holes)];
    const at = [number('n', [null, 1])];
    const constant = { strategy: 'constant', value: -1 } as const;
    const scale = { kind: 'none' } as const;
    expect(features([{ kind: 'numbers', impute: constant, indicator: true, scale }], gaps, at)).toEqual([
      [-1, 1],
      [1, 0],
    ]);
    expect(features([{ kind: 'numbers', impute: { strategy: 'none' }, scale }], gaps, at)).toEqual([
      [Number.NaN, 1],
    ]);
  });

  it('a bin per column, none for a missing value', () => {
    const step: ColumnStep = { kind: 'bins', nBins: 2, encode: 'one-hot', impute: { strategy: 'none' } };
    expect(features([step], [number('n', fixture.numbers)], [number('n', [0, 99, null])])).toEqual([
      [1, 0, 0],
      [0, 1, 0],
    ]);
  });
});

describe('texts', () => {
  const t = [text('t', fixture.texts)];
  const unknown = [text('t', [...fixture.unknown, null])];

  it('target encoding', () => {
    for (const [smooth, expected] of [
      ['auto', fixture.targetAuto],
      [10, fixture.targetTen],
    ] as const) {
      const state = fitTarget(fixture.texts, y, { kind: 'target', smooth });
      expect([...applyTarget(state, fixture.unknown)]).toEqual(
        expected.map((value) => expect.closeTo(value, 10)),
      );
    }
  });

  it('the rows to learn from are encoded without their own fold', () => {
    const step: ColumnStep = { kind: 'texts', encode: { kind: 'target', folds: 3, seed: 4, smooth: 2 } };
    const { x, state } = fitTransformColumns(t, all, [step], y);
    for (const { train, test } of kFold(30, { nSplits: 3, seed: 4 })) {
      const without = fitTarget(
        train.map((row) => fixture.texts[row] ?? null),
        Float64Array.from(train, (row) => y[row]!),
        { kind: 'target', smooth: 2 },
      );
      for (const row of test) {
        const [expected] = applyTarget(without, [fixture.texts[row] ?? null]);
        expect(x.columns[0]![row]).toBeCloseTo(expected!, 6);
      }
    }
    const again = transformColumns(state, t, all).columns[0]!;
    expect([...again]).not.toEqual([...x.columns[0]!]);
    // What a row's own target is does not change its encoding.
    const changed = y.slice();
    changed[7] = 1000;
    const moved = fitTransformColumns(t, all, [step], changed).x.columns[0]!;
    expect(moved[7]).toBe(x.columns[0]![7]);
  });

  it('a target encoding needs the target', () => {
    expect(() => fitColumns(t, all, [{ kind: 'texts', encode: { kind: 'target' } }])).toThrow(
      'needs the target',
    );
  });

  it('one-hot, with rare ones together', () => {
    const cities = [text('t', ['a', 'b', 'a', 'dd'])];
    const state = fitColumns(
      cities,
      [0, 1, 2, 3],
      [{ kind: 'texts', encode: { kind: 'one-hot', minFrequency: 2 } }],
    );
    const x = transformColumns(state, unknown, [0, 1, 2, 3]);
    expect(x.names).toEqual(['t=a', 't=other']);
    expect(x.columns.map((column) => [...column])).toEqual([
      [1, 0, 0, 0],
      [0, 1, 1, 0],
    ]);
    expect(features([{ kind: 'texts' }], t, unknown)).toEqual([
      [1, 0, 0, 0],
      [0, 0, 0, 0],
      [0, 0, 0, 0],
      [0, 1, 0, 0],
    ]);
  });

  it('ordinal, unknown ones missing', () => {
    expect(features([{ kind: 'texts', encode: { kind: 'ordinal' } }], t, unknown)).toEqual([
      [0, 3, Number.NaN, Number.NaN],
    ]);
  });

  it('hashing as scikit-learn’s FeatureHasher', () => {
    expect(['', 'a', 'city=Tromsø', 'hello, world', 'abcdefg'].map((value) => murmur3(value))).toEqual(
      fixture.murmur,
    );
    const cities = text('city', ['Oslo', 'Tromsø', 'Bergen', 'x']);
    const state = fitColumns([cities], [0], [{ kind: 'texts', encode: { kind: 'hashing', nFeatures: 8 } }]);
    expect(transformColumns(state, [cities], [0, 1, 2, 3]).columns.map((column) => [...column])).toEqual(
      fixture.hashed,
    );
  });

  it('imputes the most frequent text, the least on a tie', () => {
    expect(fitTextImpute(['b', 'a', 'b', 'a', null], { strategy: 'most-frequent' })).toBe('a');
    const filled = features([{ kind: 'texts', impute: { strategy: 'constant', value: 'a' } }], t, unknown);
    expect(filled[0]).toEqual([1, 0, 0, 1]);
  });
});

describe('dates', () => {
  it.each(Object.keys(fixture.parts))('%s', (part) => {
    expect([...dateParts(fixture.dates, [part as DatePart])[0]!]).toEqual(
      fixture.parts[part as keyof typeof fixture.parts],
    );
  });

  it('takes offsets into account and is NaN for what is no date', () => {
    const [hours, days, weekend] = dateParts(
      ['2024-03-02T01:00:00+02:00', 'soon', null],
      ['hour', 'days', 'is-weekend'],
    );
    expect([...hours!]).toEqual([23, Number.NaN, Number.NaN]);
    expect(days![0]).toBeCloseTo(19_783 + 23 / 24, 9);
    expect(weekend![0]).toBe(0);
  });
});

describe('column transformer', () => {
  const table = [
    number('age', [20, 30, null, 50]),
    number('income', [1, 2, 3, 4]),
    text('city', ['a', 'b', 'a', 'c']),
    text('day', ['2024-01-01', '2024-01-02', null, '2024-01-06']),
  ];
  const steps: readonly ColumnStep[] = [
    {
      kind: 'numbers',
      columns: { kind: 'number', except: ['income'] },
      indicator: true,
      impute: { strategy: 'median' },
    },
    { kind: 'bins', columns: ['income'], nBins: 2 },
    { kind: 'texts', columns: { kind: 'text', matching: /^c/ } },
    { kind: 'dates', columns: ['day'], parts: ['day-of-week'] },
  ];

  it('puts the features of all steps side by side', () => {
    const x = transformColumns(fitColumns(table, [0, 1, 2], steps), table, [3]);
    expect(x.names).toEqual(['age', 'age_missing', 'income_bin', 'city=a', 'city=b', 'day_day-of-week']);
    expect(x.columns.map((column) => column[0])).toEqual([
      expect.closeTo(Math.fround(25 / Math.sqrt(50 / 3)), 4),
      0,
      1,
      0,
      0,
      5,
    ]);
  });

  it('learns nothing from rows that are not to be learned from', () => {
    const other = table.map(
      (column) => ({ ...column, values: [...column.values.slice(0, 3), null] }) as RawColumn,
    );
    expect(fitColumns(other, [0, 1, 2], steps)).toEqual(fitColumns(table, [0, 1, 2], steps));
  });

  it('names what is missing or of the wrong kind', () => {
    expect(() => fitColumns(table, [0], [{ kind: 'numbers', columns: ['sex'] }])).toThrow(
      "There is no column 'sex'; columns: age, income, city, day.",
    );
    expect(() => fitColumns(table, [0], [{ kind: 'numbers', columns: ['city'] }])).toThrow(
      "Column 'city' holds texts; this step takes numbers.",
    );
  });
});
