import fc from 'fast-check';
import { classificationMetricOf, classificationMetricsOf } from '../../lib/ml/metrics';
import { regressionMetricsOf } from '../../lib/ml/regression-metrics';
import { rocAuc } from '../../lib/ml/roc-auc';
import { classificationMetric, regressionMetric } from '../../lib/tasks/metric';

describe('rocAuc', () => {
  it('is the share of pairs in the right order, ties counting half', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 1 }), fc.integer({ min: 0, max: 5 })), {
          minLength: 2,
          maxLength: 40,
        }),
        (rows) => {
          const positive = rows.filter(([label]) => label === 1);
          const negative = rows.filter(([label]) => label === 0);
          fc.pre(positive.length > 0 && negative.length > 0);
          let wins = 0;
          for (const [, p] of positive) for (const [, n] of negative) wins += p > n ? 1 : p === n ? 0.5 : 0;
          expect(
            rocAuc(
              rows.map(([label]) => label),
              rows.map(([, score]) => score),
            ),
          ).toBeCloseTo(wins / (positive.length * negative.length), 12);
        },
      ),
    );
  });

  it('is no number with one class only', () => {
    expect(rocAuc([1, 1], [0.1, 0.2])).toBeNaN();
  });
});

describe('classificationMetricsOf', () => {
  // scikit-learn 1.2.1: y = [0,0,1,1,1,0], p = [.1,.6,.35,.8,.9,.2]
  it('gives what scikit-learn gives for two classes', () => {
    const positive = Float64Array.from([0.1, 0.6, 0.35, 0.8, 0.9, 0.2]);
    const { metrics, matrix } = classificationMetricsOf(
      [0, 0, 1, 1, 1, 0],
      [positive.map((p) => 1 - p), positive],
    );
    expect(matrix).toEqual([
      [2, 1],
      [1, 2],
    ]);
    expect(metrics.auc).toBeCloseTo(8 / 9, 12);
    expect(metrics.accuracy).toBeCloseTo(4 / 6, 12);
    expect(metrics.precision).toBeCloseTo(2 / 3, 12);
    expect(metrics.recall).toBeCloseTo(2 / 3, 12);
    expect(metrics.f1).toBeCloseTo(2 / 3, 12);
    expect(metrics.logLoss).toBeCloseTo(
      -(Math.log(0.9) + Math.log(0.4) + Math.log(0.35) + Math.log(0.8) + Math.log(0.9) + Math.log(0.8)) / 6,
      12,
    );
    expect(metrics.brier).toBeCloseTo((0.01 + 0.36 + 0.4225 + 0.04 + 0.01 + 0.04) / 6, 12);
    expect(metrics.averagePrecision).toBeCloseTo(2.75 / 3, 12);
    expect(metrics.balancedAccuracy).toBeCloseTo(2 / 3, 12);
    expect(metrics.matthewsCorrelation).toBeCloseTo(1 / 3, 12);
    expect(metrics.top3Accuracy).toBeUndefined();
  });

  it('gives each metric that a task can ask for by itself, too', () => {
    const actual = [0, 1, 2, 3, 1, 2];
    const probabilities = [0.4, 0.3, 0.2, 0.1].map((share, c) =>
      Float64Array.from(actual, (label, row) => (label === c ? 0.5 : share) / (1 + row)),
    );
    const { metrics } = classificationMetricsOf(actual, probabilities);
    for (const name of classificationMetric.options)
      expect([name, classificationMetricOf(name, actual, probabilities)]).toEqual([name, metrics[name]]);
    const numbers = regressionMetricsOf([3, 5, 9], [4, 5, 5]);
    for (const name of regressionMetric.options)
      expect([name, numbers[name]]).toEqual([name, expect.any(Number)]);
    expect([numbers.quantileLoss10, numbers.quantileLoss50, numbers.quantileLoss90]).toEqual(
      [(0.9 + 0.4) / 3, numbers.mae / 2, (0.1 + 3.6) / 3].map((loss) => expect.closeTo(loss, 12)),
    );
  });

  it('is 0 where nothing was predicted positive', () => {
    const { metrics } = classificationMetricsOf(
      [1, 0],
      [Float64Array.from([0.9, 0.9]), Float64Array.from([0.1, 0.1])],
    );
    expect([metrics.precision, metrics.recall, metrics.f1]).toEqual([0, 0, 0]);
  });
});
