import { samePredictions } from '../../lib/serving/same-predictions';

const golden = [{ label: 'good', probability_good: 0.75, probability_bad: 0.25 }, { prediction: 3 }];

describe('predictions', () => {
  it('are the same bit by bit, or within a tolerance', () => {
    expect(samePredictions(structuredClone(golden), golden, 0)).toBe(true);
    const near = [{ ...golden[0], probability_good: 0.750001 }, { prediction: 3 }];
    expect(samePredictions(near, golden, 0)).toBe(false);
    expect(samePredictions(near, golden, 1e-5)).toBe(true);
  });

  it.each([
    ['another label', [{ ...golden[0], label: 'bad' }, { prediction: 3 }]],
    ['a number too far off', [golden[0], { prediction: 3.01 }]],
    ['no number', [golden[0], { prediction: Number.NaN }]],
    ['a field too many', [golden[0], { prediction: 3, extra: 1 }]],
    ['a field too few', [{ label: 'good', probability_good: 0.75 }, { prediction: 3 }]],
    ['a row too few', [golden[0]]],
    ['no rows', undefined],
    ['another row', [golden[0], null]],
  ])('are not the same with %s', (_what, given) => {
    expect(samePredictions(given, golden, 1e-5)).toBe(false);
  });
});
