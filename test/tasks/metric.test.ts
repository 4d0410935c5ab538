import { rankEvaluations } from '../../lambdas/rank-evaluations';
import { gainOf } from '../../lib/tasks/metric';

describe('gainOf', () => {
  it.each([
    ['auc', 0.8, 0.7, 0.1],
    ['r2', 0.7, 0.8, -0.1],
    ['rmse', 40, 50, 10],
    ['mae', 50, 40, -10],
    ['logLoss', 0.3, 0.5, 0.2],
  ] as const)('%s of %d against %d is a gain of %d', (metric, value, than, gain) => {
    expect(gainOf(metric, value, than)).toBeCloseTo(gain, 12);
  });
});

describe('rankEvaluations', () => {
  const evaluations = [
    { model: { name: 'mean' }, metrics: { rmse: 90, r2: 0 } },
    { model: { name: 'ridge' }, metrics: { rmse: 50, r2: 0.7 } },
    { model: { name: 'forest' }, metrics: { rmse: 50, r2: 0.8 } },
  ];

  it('takes the lowest error, and of equal ones the first', () => {
    const { best, ranking } = rankEvaluations(evaluations, 'rmse');
    expect(best.model.name).toBe('ridge');
    expect(ranking.map(({ name }) => name)).toEqual(['ridge', 'forest', 'mean']);
  });

  it('takes the highest R²', () => {
    expect(rankEvaluations(evaluations, 'r2').ranking[0]).toEqual({ name: 'forest', value: 0.8 });
  });

  it('says which metrics there are when one is not', () => {
    expect(() =>
      rankEvaluations<'rmse' | 'r2' | 'quantileLoss90', (typeof evaluations)[0]>(
        evaluations,
        'quantileLoss90',
      ),
    ).toThrow("The evaluation of mean has no 'quantileLoss90'; it has rmse, r2.");
  });
});
