/** What a classifier is worth beside numbers that scikit-learn gave (fixtures/make-evaluation.py). */
import fc from 'fast-check';
import { classificationReport } from '../../lib/ml/classification-report';
import { confusion, predictedClasses } from '../../lib/ml/metrics';
import { brierScore, multiclassBrierScore } from '../../lib/ml/probability-metrics';
import { multiclassAveragePrecision, topKAccuracy } from '../../lib/ml/ranking-metrics';
import { rocAuc } from '../../lib/ml/roc-auc';
import { thresholdByCost } from '../../lib/ml/threshold';
import fixture from './fixtures/evaluation.json';

const DIGITS = 10;
const { labels } = fixture;
const proba = fixture.proba.map((column) => Float64Array.from(column));

it('a report has each class and the averages', () => {
  const got = classificationReport(confusion(labels, predictedClasses(proba), 3));
  const same = (one: (typeof got)['macro'], expected: Record<string, number>) => {
    expect(one.precision).toBeCloseTo(expected['precision']!, DIGITS);
    expect(one.recall).toBeCloseTo(expected['recall']!, DIGITS);
    expect(one.f1).toBeCloseTo(expected['f1-score']!, DIGITS);
    expect(one.support).toBe(expected['support']);
  };
  fixture.report.perClass.forEach((expected, c) => same(got.perClass[c]!, expected));
  same(got.macro, fixture.report.macro);
  same(got.weighted, fixture.report.weighted);
  expect(got.accuracy).toBeCloseTo(fixture.report.accuracy, DIGITS);
});

it('a report of classes that nobody has or that nobody predicts is 0 there', () => {
  const { perClass, macro } = classificationReport([
    [3, 0, 0],
    [1, 0, 0],
    [0, 0, 0],
  ]);
  expect(perClass[1]).toEqual({ precision: 0, recall: 0, f1: 0, support: 1 });
  expect(perClass[2]).toEqual({ precision: 0, recall: 0, f1: 0, support: 0 });
  expect(macro.precision).toBeCloseTo(0.25, 12);
});

it('top-k accuracy, average precision and Brier score of three classes', () => {
  fixture.topK.forEach((expected, i) =>
    expect(topKAccuracy(labels, proba, i + 1)).toBeCloseTo(expected, DIGITS),
  );
  expect(multiclassAveragePrecision(labels, proba)).toBeCloseTo(fixture.averagePrecision, DIGITS);
  expect(multiclassBrierScore(labels, proba)).toBeCloseTo(fixture.brier, DIGITS);
  expect(multiclassBrierScore([0, 1], [Float64Array.of(0.7, 0.4), Float64Array.of(0.3, 0.6)])).toBeCloseTo(
    2 * brierScore([0, 1], [0.3, 0.6]),
    12,
  );
});

it('the AUC is the share of pairs in order, and NaN when a score is', () => {
  const row = fc.tuple(fc.integer({ min: 0, max: 1 }), fc.integer({ min: -3, max: 3 }));
  fc.assert(
    fc.property(fc.array(row, { minLength: 2, maxLength: 25 }), (rows) => {
      const positives = rows.map(([positive]) => positive);
      const scores = rows.map(([, score]) => score);
      const pairs = rows.flatMap(([p, a]) =>
        rows.flatMap(([q, b]) => (p > q ? [a > b ? 1 : a === b ? 0.5 : 0] : [])),
      );
      const expected = pairs.reduce((x, y) => x + y, 0) / pairs.length;
      if (pairs.length === 0) expect(rocAuc(positives, scores)).toBeNaN();
      else expect(rocAuc(positives, scores)).toBeCloseTo(expected, 12);
    }),
  );
  expect(rocAuc([1, 0, 1], [0.5, Number.NaN, 0.2])).toBeNaN();
});

describe('a threshold by cost', () => {
  const positives = labels.map((label) => Number(label === 1));

  it('is the cheapest cut of all', () => {
    const got = thresholdByCost(positives, proba[1]!, { falsePositive: 2, falseNegative: 7 });
    expect(got.threshold).toBe(fixture.threshold.threshold);
    expect(got.cost).toBeCloseTo(fixture.threshold.cost, DIGITS);
    expect(got.truePositives + got.falsePositives + got.trueNegatives + got.falseNegatives).toBe(
      labels.length,
    );
  });

  it('calls none positive when that is cheapest, and all when misses are', () => {
    const none = thresholdByCost(positives, proba[1]!, {
      falsePositive: 1e6,
      falseNegative: 1,
      truePositive: 2,
    });
    expect(none).toMatchObject({ threshold: Number.POSITIVE_INFINITY, truePositives: 0, falsePositives: 0 });
    const all = thresholdByCost(positives, proba[1]!, { falsePositive: 1, falseNegative: 1e6 });
    expect(all.falseNegatives).toBe(0);
  });

  it('refuses no rows and costs that are none', () => {
    expect(() => thresholdByCost([], [], { falsePositive: 1, falseNegative: 1 })).toThrow('no rows');
    expect(() => thresholdByCost([1], [1], { falsePositive: Number.NaN, falseNegative: 1 })).toThrow(
      'finite',
    );
  });
});
