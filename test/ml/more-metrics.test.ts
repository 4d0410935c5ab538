/** Metrics beside numbers that scikit-learn and scipy gave (fixtures/make-metrics.py). */
import fc from 'fast-check';
import { balancedAccuracy, cohenKappa, fBeta, matthewsCorrelation } from '../../lib/ml/agreement-metrics';
import { bootstrapDifference, bootstrapInterval } from '../../lib/ml/bootstrap';
import { categoricalPsi, psi } from '../../lib/ml/drift/divergence';
import { ksTwoSample } from '../../lib/ml/drift/kolmogorov-smirnov';
import { confusion, predictedClasses } from '../../lib/ml/metrics';
import {
  brierScore,
  calibrationCurve,
  expectedCalibrationError,
  logLoss,
} from '../../lib/ml/probability-metrics';
import { averagePrecision, multiclassRocAuc, rocCurve } from '../../lib/ml/ranking-metrics';
import { pinballLoss, poissonDeviance, regressionMetricsOf } from '../../lib/ml/regression-metrics';
import { sliceMetrics } from '../../lib/ml/slice-metrics';
import fixture from './fixtures/metrics.json';

const DIGITS = 10;
const proba = fixture.proba.map((column) => Float64Array.from(column));
const score = proba[2]!;
const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;

describe('metrics of numbers', () => {
  it.each([
    ['plain', fixture.regression, regressionMetricsOf(fixture.actual, fixture.predicted)],
    [
      'weighted',
      fixture.regressionWeighted,
      regressionMetricsOf(fixture.actual, fixture.predicted, { sampleWeight: fixture.weight }),
    ],
  ])('%s', (_name, expected, got) => {
    for (const [name, value] of Object.entries(expected))
      expect([name, got[name as keyof typeof got]]).toEqual([name, expect.closeTo(value, DIGITS)]);
  });

  it('gives pinball loss and Poisson deviance', () => {
    expect(pinballLoss(fixture.actual, fixture.predicted, 0.3)).toBeCloseTo(fixture.pinball, DIGITS);
    expect(
      poissonDeviance(
        fixture.actual.map(Math.abs),
        fixture.predicted.map((value) => Math.abs(value) + 0.1),
      ),
    ).toBeCloseTo(fixture.poisson, DIGITS);
    expect(() => poissonDeviance([1], [0])).toThrow('Prediction 0 is 0');
  });

  it('has R² of a constant target as 1 when hit and 0 when not', () => {
    expect(regressionMetricsOf([2, 2], [2, 2]).r2).toBe(1);
    expect(regressionMetricsOf([2, 2], [2, 3]).r2).toBe(0);
  });

  it('refuses no rows and unequal lengths', () => {
    expect(() => regressionMetricsOf([], [])).toThrow('0 predictions for 0 rows');
    expect(() => regressionMetricsOf([1], [1, 2])).toThrow('2 predictions for 1 rows');
  });
});

describe('metrics of order', () => {
  it.each(['ovr', 'ovo'] as const)('ROC AUC of several classes, %s', (multiClass) => {
    for (const average of ['macro', 'weighted'] as const)
      expect(multiclassRocAuc(fixture.labels, proba, { multiClass, average })).toBeCloseTo(
        fixture.auc[`${multiClass}-${average}`],
        DIGITS,
      );
  });

  it('average precision and the ROC curve', () => {
    expect(averagePrecision(fixture.positives, score)).toBeCloseTo(fixture.averagePrecision, DIGITS);
    const curve = rocCurve(fixture.positives, score);
    expect(curve.map((point) => point.fpr)).toEqual(fixture.roc.fpr.map((x) => expect.closeTo(x, DIGITS)));
    expect(curve.map((point) => point.tpr)).toEqual(fixture.roc.tpr.map((x) => expect.closeTo(x, DIGITS)));
  });
});

describe('metrics of probabilities', () => {
  it('log loss and Brier score', () => {
    expect(logLoss(fixture.labels, proba)).toBeCloseTo(fixture.logLoss, 8);
    expect(logLoss(fixture.labels.slice(0, 40), proba, { sampleWeight: fixture.weight })).toBeCloseTo(
      fixture.logLossWeighted,
      8,
    );
    expect(brierScore(fixture.positives, score)).toBeCloseTo(fixture.brier, DIGITS);
  });

  it.each(['uniform', 'quantile'] as const)('calibration curve, %s bins', (strategy) => {
    const bins = calibrationCurve(fixture.positives, score, { strategy });
    const expected = fixture.calibration[strategy];
    expect(bins.map((bin) => bin.actual)).toEqual(expected.actual.map((x) => expect.closeTo(x, DIGITS)));
    expect(bins.map((bin) => bin.predicted)).toEqual(
      expected.predicted.map((x) => expect.closeTo(x, DIGITS)),
    );
    expect(bins.reduce((sum, bin) => sum + bin.rows, 0)).toBe(60);
  });

  it('no calibration error where shares are as predicted', () => {
    expect(expectedCalibrationError(calibrationCurve([0, 1, 0, 1], [0.5, 0.5, 0.5, 0.5]))).toBe(0);
  });
});

describe('metrics of agreement', () => {
  const guess = predictedClasses(proba);
  const matrix = confusion(fixture.labels, guess, 3);
  it('equal scikit-learn’s', () => {
    expect(balancedAccuracy(matrix)).toBeCloseTo(fixture.balancedAccuracy, DIGITS);
    expect(cohenKappa(matrix)).toBeCloseTo(fixture.kappa, DIGITS);
    expect(matthewsCorrelation(matrix)).toBeCloseTo(fixture.matthews, DIGITS);
    const count = (positive: number, said: boolean) =>
      fixture.positives.filter((p, row) => p === positive && (guess[row] === 2) === said).length;
    expect(fBeta(count(1, true), count(0, true), count(1, false), 2)).toBeCloseTo(fixture.f2, DIGITS);
  });
});

describe('drift', () => {
  it('the test is symmetric, and sure of one sample', () => {
    const sample = fc.array(fc.integer({ min: -20, max: 20 }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(sample, sample, (a, b) => {
        expect(ksTwoSample(a, b).pValue).toBeCloseTo(ksTwoSample(b, a).pValue, 9);
        expect(ksTwoSample(a, a)).toEqual({ statistic: 0, pValue: 1 });
      }),
    );
  });

  it('stability index', () => {
    expect(psi(fixture.a, fixture.b)).toBeCloseTo(fixture.psi, DIGITS);
    expect(psi(fixture.a, fixture.a)).toBe(0);
    expect(categoricalPsi(['a', 'b'], ['a', 'a'])).toBeCloseTo(
      0.5 * Math.log(2) - 0.4999 * Math.log(2e-4),
      9,
    );
    expect(() => psi([], [1])).toThrow('empty');
  });
});

describe('bootstrap', () => {
  it('gives scipy’s percentile interval of a mean, up to chance', () => {
    const interval = bootstrapInterval(40, (rows) => mean(Array.from(rows, (row) => fixture.actual[row]!)), {
      resamples: 20_000,
    });
    expect(Math.abs(interval.low - fixture.bootstrapMean[0]!)).toBeLessThan(0.02);
    expect(Math.abs(interval.high - fixture.bootstrapMean[1]!)).toBeLessThan(0.02);
    expect(interval.value).toBeCloseTo(mean(fixture.actual), 12);
  });

  it('gives the interval of a difference of two samples that have nothing to do with each other', () => {
    const [a, b] = [fixture.actual, fixture.predicted.slice(0, 25)];
    const of = (values: readonly number[]) => ({
      rows: values.length,
      statistic: (rows: Int32Array) => mean(Array.from(rows, (row) => values[row]!)),
    });
    const variance = (values: readonly number[]) => mean(values.map((one) => (one - mean(values)) ** 2));
    const options = { resamples: 20_000, confidence: 0.99 };
    const both = bootstrapDifference(of(a), of(b), options);
    // The central limit: variances of means add up.
    const error = Math.sqrt(variance(a) / a.length + variance(b) / b.length);
    expect(both.value).toBeCloseTo(mean(a) - mean(b), 12);
    expect(both.standardError / error).toBeCloseTo(1, 1);
    expect((both.high - both.low) / (2 * 2.5758 * error)).toBeCloseTo(1, 1);
    // A number is as certain as can be.
    const one = bootstrapDifference(of(a), mean(b), options);
    expect(one.value).toBeCloseTo(both.value, 12);
    expect(one.standardError / Math.sqrt(variance(a) / a.length)).toBeCloseTo(1, 1);
  });

  it('keeps the size of strata and leaves out samples without a value', () => {
    const strata = [0, 0, 0, 1];
    const positives = (rows: Int32Array) => Array.from(rows).filter((row) => row === 3).length;
    expect(bootstrapInterval(4, positives, { strata })).toMatchObject({ low: 1, high: 1 });
    const some = bootstrapInterval(4, (rows) => (positives(rows) === 0 ? Number.NaN : 1), { resamples: 500 });
    expect(some.resamples).toBeGreaterThan(250);
    expect(some.resamples).toBeLessThan(450);
  });
});

describe('slices', () => {
  it('give the metric of each part beside that of the whole', () => {
    const rows = 100;
    const slices = sliceMetrics(
      [
        {
          name: 'sex',
          kind: 'text',
          values: Array.from({ length: rows }, (_, i) => (i % 4 === 0 ? 'f' : 'm')),
        },
        {
          name: 'age',
          kind: 'number',
          values: Array.from({ length: rows }, (_, i) => (i < 40 ? null : i)),
        },
      ],
      (members) => members.length / rows,
      { nBins: 2, minRows: 26 },
    );
    expect(
      sliceMetrics([], () => {
        throw new RangeError('no rows');
      }),
    ).toEqual([]);
    expect(slices).toEqual([
      { column: 'sex', value: 'm', rows: 75, metric: 0.75, overall: 1 },
      { column: 'age', value: '[40, 69.5]', rows: 30, metric: 0.3, overall: 1 },
      { column: 'age', value: '(69.5, 99]', rows: 30, metric: 0.3, overall: 1 },
      { column: 'age', value: 'missing', rows: 40, metric: 0.4, overall: 1 },
    ]);
  });
});
