/** Splits beside those of scikit-learn (fixtures/make-preprocessing.py), and what must hold for every seed. */
import fc from 'fast-check';
import {
  groupKFold,
  groupTrainTestSplit,
  kFold,
  repeated,
  stratifiedKFold,
  timeOrderedSplit,
  timeSeriesSplit,
} from '../../lib/ml/cross-validation';
import fixture from './fixtures/preprocessing.json';

const tests = (splits: readonly { readonly test: readonly number[] }[]) => splits.map(({ test }) => test);

describe('folds equal scikit-learn’s', () => {
  it('k-fold', () => expect(tests(kFold(30, { nSplits: 4 }))).toEqual(fixture.kFold));
  it('stratified', () =>
    expect(tests(stratifiedKFold(fixture.labels, { nSplits: 3 }))).toEqual(fixture.stratified));
  it('grouped', () => expect(tests(groupKFold(fixture.groups, { nSplits: 3 }))).toEqual(fixture.groupKFold));
  it('ordered by time', () =>
    expect(timeSeriesSplit(30, { nSplits: 3, gap: 2, maxTrainSize: 10 })).toEqual(fixture.time));
});

describe('shuffled folds', () => {
  it('hold every row once, in test parts of about the same size and share of classes', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 20, maxLength: 60 }),
        fc.integer({ min: 2, max: 4 }),
        fc.nat(),
        (labels, nSplits, seed) => {
          const counts = [0, 1, 2].map((label) => labels.filter((one) => one === label).length);
          fc.pre(counts.every((count) => count === 0 || count >= nSplits));
          for (const splits of [
            kFold(labels.length, { nSplits, seed }),
            stratifiedKFold(labels, { nSplits, seed }),
          ]) {
            expect(
              tests(splits)
                .flat()
                .sort((a, b) => a - b),
            ).toEqual(labels.map((_, row) => row));
            for (const { train, test } of splits) {
              expect(train.length + test.length).toBe(labels.length);
              expect(Math.abs(test.length - labels.length / nSplits)).toBeLessThan(1);
            }
          }
          for (const { test } of stratifiedKFold(labels, { nSplits, seed }))
            counts.forEach((count, label) => {
              const own = test.filter((row) => labels[row] === label).length;
              expect(Math.abs(own - count / nSplits)).toBeLessThan(1);
            });
        },
      ),
    );
  });

  it('repeat for a seed and differ between repetitions', () => {
    const splits = repeated((seed) => kFold(20, { nSplits: 4, seed }), 3, 9);
    expect(splits.length).toBe(12);
    expect(splits).toEqual(repeated((seed) => kFold(20, { nSplits: 4, seed }), 3, 9));
    expect(splits[0]).not.toEqual(splits[4]);
  });
});

describe('one split', () => {
  it('by groups shares none and comes close to the size asked for', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 30, maxLength: 60 }),
        fc.nat(),
        (groups, seed) => {
          const { train, test } = groupTrainTestSplit(groups, 0.3, seed);
          const inTest = new Set(test.map((row) => groups[row]));
          expect(train.some((row) => inTest.has(groups[row]))).toBe(false);
          const largest = Math.max(...groups.map((group) => groups.filter((one) => one === group).length));
          expect(Math.abs(test.length - groups.length * 0.3)).toBeLessThanOrEqual(largest);
        },
      ),
    );
  });

  it('by time tests on the latest rows', () => {
    expect(timeOrderedSplit([5, 1, 4, 2, 3], 0.4)).toEqual({ train: [1, 3, 4], test: [0, 2] });
  });
});

describe('too few rows', () => {
  it('are refused by number', () => {
    expect(() => kFold(3, { nSplits: 5 })).toThrow('5 folds are asked of 3 rows');
    expect(() => stratifiedKFold([0, 0, 0, 1], { nSplits: 2 })).toThrow('A class has 1 rows');
    expect(() => groupKFold(['a', 'a'], { nSplits: 2 })).toThrow('2 folds are asked of 1 groups');
    expect(() => timeSeriesSplit(5, { nSplits: 5 })).toThrow('5 rows are too few');
  });
});
