import { fitExtraTrees } from '../../lib/ml/extra-trees';
import { fitGradientBoosting, fitGradientBoostingRegressor } from '../../lib/ml/gradient-boosting';
import { LEARNING, READING, sourceHash } from '../../lib/ml/kernel/build';
import { JobKind, ROWS_OF_JOB, withKernel } from '../../lib/ml/kernel/kernel';
import { SOURCE_HASH } from '../../lib/ml/kernel/module';
import { SOURCE_HASH as READING_HASH } from '../../lib/data/csv-kernel/module';
import { fitRandomForest } from '../../lib/ml/random-forest';
import { Random } from '../../lib/ml/random';
import { binFeatures } from '../../lib/ml/trees/binned';
import { BoostedTreeGrower } from '../../lib/ml/trees/grow-boosted-tree';
import { LeafRows } from '../../lib/ml/trees/leaf-rows';
import { RowGradients } from '../../lib/ml/trees/row-gradients';

it('is compiled from the sources beside it (npm run build:kernel)', () => {
  expect(SOURCE_HASH).toBe(sourceHash(LEARNING));
  expect(READING_HASH).toBe(sourceHash(READING));
});

it('sorts floats of both signs, infinities and zeros, NaN last', () => {
  withKernel(1, (kernel) => {
    const random = new Random(3);
    const odd = [Number.NaN, -Number.NaN, 0, -0, 1 / 0, -1 / 0, 1e-45, -1e-45, 3.4e38, -3.4e38];
    const values = Float32Array.from({ length: 5000 }, (_, i) => odd[i] ?? (random.uniform() - 0.5) * 1e3);
    const target = kernel.floats(values.length);
    target.view.set(values);
    kernel.call.sortFloats(
      target.at,
      kernel.allocate(values.length * 4),
      values.length,
      kernel.allocate(24_576),
    );
    // Zero is one number here: trees cannot part −0 from 0.
    expect([...target.view].map((value) => value + 0)).toEqual([...values.sort()].map((value) => value + 0));
  });
});

it('finds the bin of each value', () => {
  withKernel(1, (kernel) => {
    const random = new Random(5);
    for (const width of [1, 2, 7, 128, 254, 255]) {
      const edges = Float32Array.from({ length: width }, (_, i) => i * 2);
      const values = Float32Array.from({ length: 2000 }, (_, i) =>
        i % 9 === 0 ? Number.NaN : i % 2 === 0 ? random.below(width) * 2 : random.uniform() * width * 2.2 - 2,
      );
      const at = kernel.floats(values.length);
      at.view.set(values);
      const upper = kernel.floats(256);
      upper.view.fill(Number.POSITIVE_INFINITY).set(edges);
      const step = width % 2 === 0 ? 8 : 1;
      const bins = kernel.bytes(values.length * step);
      kernel.call.binBytes(at.at, values.length, upper.at, width, bins.at, step);
      const expected = values.map((value) => {
        const bin = edges.findIndex((edge) => edge >= value);
        return Number.isNaN(value) ? width : bin < 0 ? width - 1 : bin;
      });
      expect([...bins.view].filter((_, i) => i % step === 0)).toEqual([...expected]);
    }
  });
});

it('knows the exponential function to an ulp or two, and gradients with and without weights', () => {
  withKernel(1, (kernel) => {
    const random = new Random(8);
    const rows = ROWS_OF_JOB + 101;
    const raw = kernel.doubles(rows + 1);
    const odd = [
      0,
      -0,
      1e-12,
      30,
      -30,
      709,
      -709,
      5000,
      -5000,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
    ];
    for (let row = 0; row < rows; row++) raw.view[row] = odd[row] ?? (random.uniform() - 0.5) * 80;
    const target = kernel.bytes(rows);
    for (let row = 0; row < rows; row++) target.view[row] = row % 2;
    const weight = kernel.doubles(rows + 1);
    for (let row = 0; row < rows; row++) weight.view[row] = random.uniform() * 3;
    const result = kernel.doubles(2 * rows + 2);
    for (const [at, w] of [
      [0, () => 1],
      [weight.at, (row: number) => weight.view[row]!],
    ] as const) {
      kernel.call.describeLoss(1, rows, raw.at, target.at, at, result.at);
      kernel.run(JobKind.logisticRows, 2);
      let worst = 0;
      let worstShare = 0;
      for (let row = 0; row < rows; row++) {
        const p = 1 / (1 + Math.exp(-raw.view[row]!));
        const [g, h] = result.view.subarray(2 * row);
        worst = Math.max(worst, Math.abs(g! - (p - (row % 2)) * w(row)), Math.abs(h! - p * (1 - p) * w(row)));
        if (row % 2 === 0 && Math.abs(raw.view[row]!) < 700)
          worstShare = Math.max(worstShare, Math.abs(g! / (p * w(row)) - 1));
      }
      expect(worst).toBeLessThan(2e-15);
      expect(worstShare).toBeLessThan(1e-14);
    }
  });
});

it('does every job once, whichever threads come', () => {
  withKernel(4, (kernel) => {
    const rows = 40 * ROWS_OF_JOB;
    const raw = kernel.doubles(rows + 1);
    const result = kernel.doubles(2 * rows + 2);
    const target = kernel.bytes(rows);
    target.view.fill(0);
    for (let round = 0; round < 60; round++) {
      result.view.fill(Number.NaN);
      raw.view.fill(round);
      kernel.call.describeLoss(1, rows, raw.at, target.at, 0, result.at);
      kernel.run(JobKind.logisticRows, 40);
      const p = 1 / (1 + Math.exp(-round));
      for (let job = 0; job < 40; job++) expect(result.view[2 * job * ROWS_OF_JOB]).toBeCloseTo(p, 14);
    }
  });
});

it('grows the same boosted trees on any number of threads', () => {
  const random = new Random(2);
  const rows = 3000;
  const columns = Array.from({ length: 7 }, (_, f) =>
    Float64Array.from({ length: rows }, () =>
      f === 3 ? random.below(6) : random.uniform() < 0.05 ? Number.NaN : random.uniform(),
    ),
  );
  const x = { rows, columns, names: columns.map((_, f) => `f${f}`) };
  const y = Int32Array.from({ length: rows }, (_, row) =>
    Number((columns[0]![row] || 0.5) + 0.1 * columns[3]![row]! + 0.3 * random.uniform() > 0.9),
  );
  const fit = (threads: number) =>
    fitGradientBoosting(x, y, 2, { nEstimators: 12, categoricalFeatures: ['f3'], threads });
  const alone = fit(1);
  for (const threads of [2, 3, 5]) expect(fit(threads)).toEqual(alone);
});

it('parts the rows of leaves in their order, segment by segment', () => {
  withKernel(1, (kernel) => {
    const random = new Random(9);
    const count = 2 * 65_536 + 4001;
    const rows = new LeafRows(kernel, count);
    const bins = kernel.bytes(count * 4);
    for (let at = 0; at < bins.view.length; at++) bins.view[at] = random.below(3);
    rows.restart();
    const leaves: Int32Array[] = [Int32Array.from({ length: count }, (_, row) => row)];
    for (const [leaf, feature, stays] of [
      [0, 0, 1],
      [1, 1, 0],
      [0, 2, 2],
      // No row stays, then no row goes.
      [0, 2, 0],
      [4, 2, 2],
    ] as const) {
      rows.sides.view.fill(0).fill(1, stays, stays + 1);
      const own = leaves[leaf]!;
      const stay = own.filter((row) => bins.view[row * 4 + feature] === stays);
      const place = { at: bins.at + feature, view: bins.view };
      expect(rows.part(leaf, { bins: place, step: 4 }, leaves.length)).toBe(stay.length);
      leaves.push(own.filter((row) => bins.view[row * 4 + feature] !== stays));
      leaves[leaf] = stay;
    }
    const values = kernel.doubles(count);
    const expected = new Float64Array(count);
    values.view.fill(0);
    leaves.forEach((own, leaf) => {
      rows.add(values, leaf, leaf + 1);
      for (const row of own) expected[row]! += leaf + 1;
    });
    expect(Buffer.compare(Buffer.from(values.view.slice().buffer), Buffer.from(expected.buffer))).toBe(0);
    expect(leaves.map(({ length }) => length > 0)).toEqual([false, true, true, true, true, false]);
  });
});

it('counts rows by their hessians when those are 1, as it counts them besides when there are weights', () => {
  const random = new Random(12);
  const rows = 2500;
  const columns = Array.from({ length: 6 }, (_, f) =>
    Float64Array.from({ length: rows }, () =>
      f === 5 ? random.below(9) : random.uniform() < 0.1 ? Number.NaN : random.uniform(),
    ),
  );
  const x = { rows, columns, names: columns.map((_, f) => `f${f}`) };
  const y = Float64Array.from(columns[5]!, (code, row) => Math.sin(code) + (columns[0]![row] || 0.5));
  const options = { nEstimators: 8, minSamplesLeaf: 5, categoricalFeatures: ['f5'] };
  const weighted = { ...options, sampleWeight: new Float64Array(rows).fill(1) };
  expect(fitGradientBoostingRegressor(x, y, options)).toEqual(fitGradientBoostingRegressor(x, y, weighted));
});

it('boosts with 11 bytes for a row beside its features, and the histograms of half of the leaves', () => {
  const grownOf = (count: number) =>
    withKernel(1, (kernel) => {
      const random = new Random(4);
      const columns = Array.from({ length: 4 }, () =>
        Float64Array.from({ length: count }, () => random.uniform()),
      );
      const binned = binFeatures(kernel, { rows: count, columns, names: [] }, { packed: true });
      const raw = kernel.doubles(count);
      raw.view.fill(0);
      const target = Float64Array.from(columns[0]!, (value, row) => (value > columns[1]![row]! ? 1 : 0));
      const gradients = new RowGradients(kernel, 'logistic', { target, weight: undefined, raw: [raw] });
      const grower = new BoostedTreeGrower(
        kernel,
        binned,
        {
          learningRate: 0.1,
          maxLeafNodes: 31,
          maxDepth: null,
          minSamplesLeaf: 20,
          l2Regularization: 0,
        },
        gradients,
      );
      expect(grower.grow(raw).left.length).toBe(61);
      return kernel.memory.buffer.byteLength;
    });
  const few = grownOf(70_000);
  const histogram = 256 * 4 * (16 + 4);
  expect(few).toBeLessThan(70_000 * (4 + 11) + 18 * histogram + 2 ** 18);
  expect((grownOf(150_000) - few) / 80_000).toBeLessThan(4 + 11 + 1);
});

it('refuses more memory than there can be, and threads that are none', () => {
  expect(() => withKernel(1, (kernel) => kernel.allocate(5 * 2 ** 30))).toThrow('more than 4 GiB');
  expect(() => withKernel(0, () => 1)).toThrow('`threads` is 0');
  expect(() => withKernel(1.5, () => 1)).toThrow('`threads` is 1.5');
});

it.each([
  ['random forest', fitRandomForest, {}],
  ['random forest by entropy', fitRandomForest, { criterion: 'entropy', maxDepth: 4 }],
  ['extra trees', fitExtraTrees, { minSamplesLeaf: 2 }],
] as const)('grows the same %s on any number of threads', (_name, fit, options) => {
  const random = new Random(6);
  const rows = 700;
  const columns = Array.from({ length: 5 }, () =>
    Float64Array.from({ length: rows }, () => (random.uniform() < 0.05 ? Number.NaN : random.uniform())),
  );
  const x = { rows, columns, names: columns.map((_, f) => `f${f}`) };
  const y = Int32Array.from({ length: rows }, (_, row) => Math.floor(3 * (columns[0]![row] || 0.5)));
  const grown = (threads: number) => fit(x, y, 3, { ...options, nEstimators: 7, seed: 4, threads });
  const alone = grown(1);
  for (const threads of [2, 4]) expect(grown(threads)).toEqual(alone);
});
