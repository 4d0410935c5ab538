import { kFold, stratifiedKFold } from '../../lib/ml/cross-validation';
import { fitStacking, fitStackingRegressor } from '../../lib/ml/ensembles/stacking';
import { votingOf, votingRegressorOf } from '../../lib/ml/ensembles/voting';
import { DoNotRetry } from '../../lib/model/errors';
import { taskHandler } from '../../lib/runtime/task-handler';
import { trainEnsemble } from '../../lib/tasks/train-ensemble';
import { classifierFor, regressorFor } from '../fit-estimator';
import { trainModel, trainRegressor } from '../train-model';

export const handler = taskHandler(trainEnsemble, async (input, context) => {
  const { train, kind, members, weights, folds, seed } = input;
  if (weights !== undefined && (kind === 'stacking' || weights.length !== members.length))
    throw new DoNotRetry(
      kind === 'stacking'
        ? 'Stacking learns its weights; leave them out.'
        : `There are ${weights.length} weights for ${members.length} members.`,
    );
  if (train.classes.length === 0) {
    const fits = members.map(({ algorithm, params }) => regressorFor(algorithm, params, train));
    const trained = await trainRegressor(context, input, (x, y, rowWeights) =>
      kind === 'voting'
        ? votingRegressorOf(
            fits.map((fit) => fit(x, y, rowWeights)),
            weights,
          )
        : fitStackingRegressor(x, y, fits, kFold(x.rows, { nSplits: folds, seed }), undefined, rowWeights),
    );
    const { model, rows, fitSeconds, trainR2 } = trained;
    return { model, rows, fitSeconds, trainScore: trainR2 };
  }
  const fits = members.map(({ algorithm, params }) => classifierFor(algorithm, params, train));
  const trained = await trainModel(context, input, (x, y, classes, { sampleWeight }) =>
    kind === 'voting'
      ? votingOf(
          fits.map((fit) => fit(x, y, classes, { sampleWeight })),
          weights,
        )
      : fitStacking(x, y, classes, fits, stratifiedKFold(y, { nSplits: folds, seed }), undefined, {
          sampleWeight,
        }),
  );
  const { model, rows, fitSeconds, trainAuc } = trained;
  return { model, rows, fitSeconds, trainScore: trainAuc };
});
