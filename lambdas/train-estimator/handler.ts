import { DoNotRetry } from '../../lib/model/errors';
import { taskHandler } from '../../lib/runtime/task-handler';
import { trainEstimator } from '../../lib/tasks/train-estimator';
import { calibrated, classifierFor, onRows, regressorFor, toleranceOf } from '../fit-estimator';
import { trainModel, trainRegressor, type FitNotes } from '../train-model';

export const handler = taskHandler(trainEstimator, async (input, context) => {
  const { train, algorithm, params, rows, calibrate, folds, seed } = input;
  // Each param by its name, as the task of the estimator itself logs them.
  const notes: FitNotes = { params };
  const logged = { train, rows, calibrate, ...(calibrate === undefined ? {} : { folds }), seed };
  const learned = Math.min(rows ?? train.dataset.rows, train.dataset.rows);
  if (train.classes.length === 0) {
    if (calibrate !== undefined)
      throw new DoNotRetry(`There are no probabilities of '${train.target}' to calibrate: it is a number.`);
    const fit = onRows(rows, seed, regressorFor(algorithm, params, train));
    const { model, fitSeconds, trainR2 } = await trainRegressor(context, logged, fit, notes);
    return { model, params, rows: learned, fitSeconds, trainScore: trainR2 };
  }
  const plain = classifierFor(algorithm, params, train);
  const classes = train.classes.length;
  const { model, fitSeconds, trainAuc } = await trainModel(
    context,
    logged,
    (x, y, _classes, { sampleWeight }) =>
      onRows(rows, seed, (part, labels: Int32Array, weights) => {
        if (calibrate === undefined) return plain(part, labels, classes, weights);
        const made = calibrated(part, labels, classes, plain, { method: calibrate, folds, seed, weights });
        notes.tolerance = toleranceOf(made);
        return made;
      })(x, y, { sampleWeight }),
    notes,
  );
  return { model, params, rows: learned, fitSeconds, trainScore: trainAuc };
});
