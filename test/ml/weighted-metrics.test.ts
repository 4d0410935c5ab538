/** Metrics of rows with weights beside numbers that scikit-learn gave (fixtures/make-metrics.py). */
import fc from 'fast-check';
import { balancedAccuracy, matthewsCorrelation } from '../../lib/ml/agreement-metrics';
import { classifierOf, regressorOf } from '../../lib/ml/estimators';
import { classificationMetricsOf } from '../../lib/ml/metrics';
import { predict, predictProba } from '../../lib/ml/model';
import { brierScore } from '../../lib/ml/probability-metrics';
import { weightedMedian } from '../../lib/ml/quantile';
import {
  averagePrecision,
  multiclassAveragePrecision,
  multiclassRocAuc,
  precisionRecallCurve,
  rocCurve,
  topKAccuracy,
} from '../../lib/ml/ranking-metrics';
import { pinballLoss, regressionMetricsOf } from '../../lib/ml/regression-metrics';
import { rocAuc } from '../../lib/ml/roc-auc';
import { thresholdByCost } from '../../lib/ml/threshold';
import fixture from './fixtures/metrics.json';

const DIGITS = 10;
const { weighted, labels, positives } = fixture;
const sampleWeight = weighted.weight;
const proba = fixture.proba.map((column) => Float64Array.from(column));
const score = proba[2]!;

describe('metrics of classes', () => {
  const { metrics, matrix } = classificationMetricsOf(labels, proba, { sampleWeight });

  it('are those of scikit-learn', () => {
    expect(matrix.flat()).toEqual(weighted.confusion.flat().map((value) => expect.closeTo(value, DIGITS)));
    for (const name of ['accuracy', 'precision', 'recall', 'f1', 'logLoss'] as const)
      expect([name, metrics[name]]).toEqual([name, expect.closeTo(weighted[name], DIGITS)]);
    expect(metrics.rows).toBe(60);
    expect(metrics.auc).toBeCloseTo(weighted.auc.macro, DIGITS);
    expect(multiclassRocAuc(labels, proba, { average: 'weighted', sampleWeight })).toBeCloseTo(
      weighted.auc.weighted,
      DIGITS,
    );
    expect(matthewsCorrelation(matrix)).toBeCloseTo(weighted.matthews, DIGITS);
    expect(balancedAccuracy(matrix)).toBeCloseTo(weighted.balancedAccuracy, DIGITS);
    expect(topKAccuracy(labels, proba, 2, { sampleWeight })).toBeCloseTo(weighted.top2, DIGITS);
  });

  it('of two classes too', () => {
    expect(rocAuc(positives, score, { sampleWeight })).toBeCloseTo(weighted.binaryAuc, DIGITS);
    expect(averagePrecision(positives, score, { sampleWeight })).toBeCloseTo(
      weighted.averagePrecision,
      DIGITS,
    );
    expect(brierScore(positives, score, { sampleWeight })).toBeCloseTo(weighted.brier, DIGITS);
    const roc = rocCurve(positives, score, { sampleWeight });
    expect(roc.map(({ fpr }) => fpr)).toEqual(weighted.roc.fpr.map((x) => expect.closeTo(x, DIGITS)));
    expect(roc.map(({ tpr }) => tpr)).toEqual(weighted.roc.tpr.map((x) => expect.closeTo(x, DIGITS)));
  });
});

describe('metrics of numbers', () => {
  it('have a weighted median and pinball loss', () => {
    const weights = { sampleWeight: sampleWeight.slice(0, 40) };
    expect(regressionMetricsOf(fixture.actual, fixture.predicted, weights).medianAbsoluteError).toBeCloseTo(
      weighted.medianAbsoluteError,
      DIGITS,
    );
    expect(weightedMedian([1, 2, 3, 4, 5, 6], [1, 1, 1, 1, 2, 0])).toBeCloseTo(weighted.medianOfEven, DIGITS);
    expect(pinballLoss(fixture.actual, fixture.predicted, 0.3, weights)).toBeCloseTo(
      weighted.pinball,
      DIGITS,
    );
  });
});

describe('estimators by name', () => {
  const x = { rows: 60, names: ['a', 'b'], columns: [proba[0]!, proba[1]!.map((p, row) => p + (row % 7))] };
  const y = Int32Array.from(labels);

  it.each([
    ['decision-tree', { maxDepth: 3 }],
    ['random-forest', { nEstimators: 3 }],
    ['extra-trees', { nEstimators: 3, maxDepth: 2 }],
    ['gradient-boosting', { nEstimators: 5, minSamplesLeaf: 2 }],
    ['logistic-regression', {}],
  ] as const)('%s takes weights of rows as it takes those of classes', (name, params) => {
    const classWeight = { a: 1, b: 4, c: 0.5 };
    const weights = { sampleWeight: labels.map((label) => Object.values(classWeight)[label]!) };
    const plain = classifierOf(name, params, ['a', 'b', 'c']);
    const byClass = classifierOf(name, { ...params, classWeight }, ['a', 'b', 'c']);
    const [ours, same] = [predictProba(plain(x, y, 3, weights), x), predictProba(byClass(x, y, 3), x)];
    expect(ours).toEqual(same);
    expect(ours).not.toEqual(predictProba(plain(x, y, 3), x));
  });

  it.each([
    ['ridge', {}],
    ['linear-regression', {}],
    ['random-forest-regressor', { nEstimators: 3 }],
    ['gradient-boosting-regressor', { nEstimators: 3, minSamplesLeaf: 2 }],
    ['elastic-net', { alpha: 0.01 }],
    ['decision-tree-regressor', { maxDepth: 2 }],
    ['extra-trees-regressor', { nEstimators: 3, maxDepth: 2 }],
    ['dummy-regressor', {}],
  ] as const)('%s and naive Bayes take weights', (name, params) => {
    const fit = regressorOf(name, params);
    const numbers = Float64Array.from(labels, (label, row) => label + (row % 3));
    expect(predict(fit(x, numbers, { sampleWeight }), x)).not.toEqual(predict(fit(x, numbers), x));
    const bayes = classifierOf('naive-bayes', {}, []);
    expect(predictProba(bayes(x, y, 3, { sampleWeight }), x)).not.toEqual(predictProba(bayes(x, y, 3), x));
  });
});

describe('a whole weight', () => {
  it('is as good as the row that many times', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            label: fc.integer({ min: 0, max: 2 }),
            weight: fc.integer({ min: 0, max: 3 }),
            scores: fc.tuple(...Array.from({ length: 3 }, () => fc.integer({ min: 1, max: 9 }))),
          }),
          { minLength: 3, maxLength: 25 },
        ),
        (rows) => {
          const often = rows.flatMap((row) => Array.from({ length: row.weight }, () => row));
          fc.pre(new Set(often.map(({ label }) => label)).size === 3);
          const of = (some: typeof rows) => {
            const columns = [0, 1, 2].map((c) =>
              Float64Array.from(some, ({ scores }) => scores[c]! / (scores[0]! + scores[1]! + scores[2]!)),
            );
            return { actual: some.map(({ label }) => label), columns };
          };
          const [once, repeated] = [of(rows), of(often)];
          const weights = { sampleWeight: rows.map(({ weight }) => weight) };
          const { rows: _rows, ...left } = classificationMetricsOf(
            once.actual,
            once.columns,
            weights,
          ).metrics;
          const right = classificationMetricsOf(repeated.actual, repeated.columns).metrics;
          for (const [name, value] of Object.entries(left))
            expect([name, value]).toEqual([
              name,
              expect.closeTo(right[name as keyof typeof left] ?? Number.NaN, 9),
            ]);
          expect(multiclassAveragePrecision(once.actual, once.columns, weights)).toBeCloseTo(
            multiclassAveragePrecision(repeated.actual, repeated.columns),
            9,
          );
          const side = (labelled: readonly number[]) => labelled.map((label) => Number(label === 1));
          expect(precisionRecallCurve(side(once.actual), once.columns[1]!, weights)).toEqual(
            precisionRecallCurve(side(repeated.actual), repeated.columns[1]!),
          );
          const costs = { falsePositive: 1, falseNegative: 3 };
          expect(thresholdByCost(side(once.actual), once.columns[1]!, costs, weights)).toEqual(
            thresholdByCost(side(repeated.actual), repeated.columns[1]!, costs),
          );
        },
      ),
    );
  });

  it('is refused below 0 and in the wrong number', () => {
    expect(() => rocAuc([0, 1], [0.1, 0.2], { sampleWeight: [1, -1] })).toThrow('The weight of row 1 is -1');
    expect(() => classificationMetricsOf(labels, proba, { sampleWeight: [1] })).toThrow(
      'There are 1 sample weights for 60 rows',
    );
  });
});
