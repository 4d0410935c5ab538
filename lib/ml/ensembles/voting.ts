/** Soft voting: the weighted mean of several models' probabilities, or of the numbers they predict. */
import type { Matrix } from '../matrix';
import { predict, predictProba, type ClassifierModel, type RegressorModel } from '../model';

export interface VotingModel {
  readonly algorithm: 'voting';
  readonly models: readonly ClassifierModel[];
  readonly weights: readonly number[];
}

export interface VotingRegressorModel {
  readonly algorithm: 'voting-regressor';
  readonly models: readonly RegressorModel[];
  readonly weights: readonly number[];
}

/** @param weights one per model, >= 0. @default 1 each @throws RangeError for weights that do not fit */
export function votingOf(models: readonly ClassifierModel[], weights?: readonly number[]): VotingModel {
  return { algorithm: 'voting', models, weights: shares(models.length, weights) };
}

/** @param weights one per model, >= 0. @default 1 each @throws RangeError for weights that do not fit */
export function votingRegressorOf(
  models: readonly RegressorModel[],
  weights?: readonly number[],
): VotingRegressorModel {
  return { algorithm: 'voting-regressor', models, weights: shares(models.length, weights) };
}

/** One array of rows per class. */
export function predictVoting(model: VotingModel, x: Matrix): Float64Array[] {
  const votes = model.models.map((one) => predictProba(one, x));
  return (votes[0] ?? []).map((_, c) =>
    weightedSum(
      votes.map((vote) => vote[c]!),
      model.weights,
    ),
  );
}

/** One number per row. */
export function predictVotingRegressor(model: VotingRegressorModel, x: Matrix): Float64Array {
  return weightedSum(
    model.models.map((one) => predict(one, x)),
    model.weights,
  );
}

function weightedSum(columns: readonly Float64Array[], weights: readonly number[]): Float64Array {
  const sum = new Float64Array(columns[0]?.length ?? 0);
  columns.forEach((column, i) => {
    for (let row = 0; row < sum.length; row++) sum[row]! += weights[i]! * column[row]!;
  });
  return sum;
}

function shares(count: number, weights: readonly number[] = new Array<number>(count).fill(1)): number[] {
  const sum = weights.reduce((a, b) => a + b, 0);
  if (weights.length !== count || weights.some((weight) => !(weight >= 0)) || !(sum > 0))
    throw new RangeError(
      `Voting of ${count} models needs as many weights of 0 or more, got ${weights.join(', ')}.`,
    );
  return weights.map((weight) => weight / sum);
}
