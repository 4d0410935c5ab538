import { metricsOf, taken, type Scored } from '../../lambdas/write-model-card/scored';

const classes = ['a', 'b', 'c', 'd'];
const outputs = [
  [0.4, 0.1, 0.1, 0.2],
  [0.3, 0.2, 0.2, 0.3],
  [0.2, 0.3, 0.3, 0.4],
  [0.1, 0.4, 0.4, 0.1],
].map((column) => Float64Array.from(column));
const scored: Scored = { rows: 4, actual: [0, 3, 0, 2], outputs, classes };

it('counts the three most probable of more than three classes', () => {
  // Row 2 is of the class with the least probability.
  expect(metricsOf(scored)['top3Accuracy']).toBe(0.75);
  const weights = { sampleWeight: [1, 1, 5, 1] };
  expect(metricsOf({ ...scored, weights })['top3Accuracy']).toBe(3 / 8);
  expect(metricsOf(taken({ ...scored, weights }, [0, 2]))['top3Accuracy']).toBe(1 / 6);
  const three = {
    ...scored,
    actual: [0, 1, 0, 2],
    outputs: outputs.slice(0, 3),
    classes: classes.slice(0, 3),
  };
  expect(metricsOf(three)).not.toHaveProperty('top3Accuracy');
});
