/**
 * Gradient boosted trees over histograms, for classes and numbers. J. Friedman, "Greedy function approximation", 2001;
 * second-order gains and leaf values of T. Chen and C. Guestrin, "XGBoost", KDD 2016 (eq. 5 and 7). Names, defaults and
 * rules are those of scikit-learn's HistGradientBoosting.
 */
import { checkClasses, checkNumbers, checkTarget, checkWarmStart } from './check-input';
import { withKernel, type Threads } from './kernel/kernel';
import { takeRows, type Matrix } from './matrix';
import { probabilitiesOf } from './probabilities';
import { classRowWeights, rowWeights, type ClassWeightOptions, type WeightOptions } from './sample-weight';
import { trainTestSplit } from './split';
import { binFeatures } from './trees/binned';
import { BoostedTreeGrower } from './trees/grow-boosted-tree';
import { addTrees } from './trees/predict-trees';
import { RowGradients, type KnownLoss, type LossState } from './trees/row-gradients';
import type { Tree } from './trees/tree';

export interface GradientBoostingOptions {
  /** Rounds. @default 100 */
  readonly nEstimators?: number;
  /** Factor on every tree. @default 0.1 */
  readonly learningRate?: number;
  /** @default 31 */
  readonly maxLeafNodes?: number;
  /** @default null, unlimited */
  readonly maxDepth?: number | null;
  /** Least rows of a leaf. @default 20 */
  readonly minSamplesLeaf?: number;
  /** Added to a leaf's hessian. @default 0 */
  readonly l2Regularization?: number;
  /** Names of columns whose numbers are codes of categories, at most 254 each. @default none */
  readonly categoricalFeatures?: readonly string[] | undefined;
  /** @default none: all rounds run */
  readonly earlyStopping?: EarlyStopping | undefined;
  /** Chooses the rows that early stopping keeps aside. @default 0 */
  readonly seed?: number;
  /** Threads to learn on; the model is the same whatever their number. @default 1 */
  readonly threads?: Threads;
  /**
   * Rounds of a model of the same features and loss: kept, and as many are added as `nEstimators` asks for in all
   * (scikit-learn's `warm_start`). @default none
   */
  readonly warmStart?: Pick<GradientBoostingModel, 'trees' | 'base'> | undefined;
}

/** Ends when the loss of rows kept aside has not fallen by `tol` for some rounds. The trees so far are kept. */
export interface EarlyStopping {
  /** Share of the rows kept aside, stratified by class. @default 0.1 */
  readonly validationFraction?: number;
  /** Rounds without a fall. @default 10 */
  readonly nIterNoChange?: number;
  /** @default 1e-7 */
  readonly tol?: number;
}

export interface GradientBoostingModel {
  readonly algorithm: 'gradient-boosting';
  /** Trees per iteration: one for two classes, one per class for more. */
  readonly trees: readonly (readonly Tree[])[];
  /** Raw score before the first tree, per output. */
  readonly base: readonly number[];
  readonly classes: number;
}

export interface GradientBoostingRegressorModel {
  readonly algorithm: 'gradient-boosting-regressor';
  readonly loss: RegressionLoss;
  /** One tree per iteration. */
  readonly trees: readonly (readonly Tree[])[];
  readonly base: readonly number[];
}

/** 'poisson' takes targets >= 0 and predicts the exponential of the raw score. */
export type RegressionLoss = 'squared-error' | 'poisson';

/**
 * @param x missing values (NaN) are allowed; each split learns which side they take
 * @param y class numbers from 0, one per row
 * @throws RangeError for weights that do not fit, an unknown categorical column or too many codes
 */
export function fitGradientBoosting(
  x: Matrix,
  y: Int32Array,
  classes: number,
  options: GradientBoostingOptions & ClassWeightOptions = {},
): GradientBoostingModel {
  checkTarget(x, y);
  checkClasses(y, classes);
  const weights = classRowWeights(y, classes, options);
  const outputs = classes === 2 ? 1 : classes;
  const { trees, base } = boost(x, y, weights, classes, options, {
    outputs,
    base: (target, weight) => {
      const shares = new Float64Array(classes);
      let sum = 0;
      for (let row = 0; row < target.length; row++) {
        shares[target[row]!]! += weight?.[row] ?? 1;
        sum += weight?.[row] ?? 1;
      }
      const share = (c: number) => Math.min(1 - 1e-15, Math.max(1e-15, shares[c]! / sum));
      return outputs === 1
        ? [Math.fround(Math.log(share(1) / (1 - share(1))))]
        : Array.from(shares, (_, c) => Math.fround(Math.log(share(c))));
    },
    gradients:
      outputs === 1
        ? 'logistic'
        : {
            start: (raw, before) => probabilitiesOf(raw, before),
            derive: ({ target, weight }, pairs, output, started) => {
              const shared = started[output]!;
              for (let row = 0; row < shared.length; row++) {
                const p = shared[row]!;
                const w = weight === undefined ? 1 : weight[row]!;
                pairs[row * 2] = (p - (target[row] === output ? 1 : 0)) * w;
                pairs[row * 2 + 1] = p * (1 - p) * w;
              }
            },
          },
    loss: (target, weight, raw) => {
      const probabilities = probabilitiesOf(raw);
      return weightedMean(
        target.length,
        weight,
        (row) => -Math.log(Math.max(1e-300, probabilities[target[row]!]![row]!)),
      );
    },
  });
  return { algorithm: 'gradient-boosting', trees, base, classes };
}

/** @param y numbers, one per row; >= 0 for 'poisson' @throws RangeError as `fitGradientBoosting` */
export function fitGradientBoostingRegressor(
  x: Matrix,
  y: Float64Array,
  options: GradientBoostingOptions &
    WeightOptions & {
      /** @default 'squared-error' */
      readonly loss?: RegressionLoss;
    } = {},
): GradientBoostingRegressorModel {
  checkTarget(x, y);
  checkNumbers(y);
  const loss = options.loss ?? 'squared-error';
  if (loss === 'poisson' && y.some((value) => !(value >= 0)))
    throw new RangeError("The loss 'poisson' takes targets of 0 and more.");
  const poisson = loss === 'poisson';
  const { trees, base } = boost(x, y, rowWeights(x.rows, options), 1, options, {
    outputs: 1,
    base: (target, weight) => {
      const mean = weightedMean(target.length, weight, (row) => target[row]!);
      return [Math.fround(poisson ? Math.log(Math.max(mean, 1e-300)) : mean)];
    },
    gradients: poisson
      ? {
          start: () => [],
          derive: ({ target, weight, raw }, pairs) => {
            const scores = raw[0]!.view;
            for (let row = 0; row < scores.length; row++) {
              const mean = Math.exp(scores[row]!);
              const w = weight === undefined ? 1 : weight[row]!;
              pairs[row * 2] = (mean - target[row]!) * w;
              pairs[row * 2 + 1] = mean * w;
            }
          },
        }
      : 'squared',
    loss: (target, weight, raw) =>
      weightedMean(target.length, weight, (row) => {
        const score = raw[0]![row]!;
        return poisson ? Math.exp(score) - target[row]! * score : (score - target[row]!) ** 2 / 2;
      }),
  });
  return { algorithm: 'gradient-boosting-regressor', loss, trees, base };
}

/** Probability of each class for each row: one array of rows per class. */
export function predictBoosting(model: GradientBoostingModel, x: Matrix): Float64Array[] {
  return probabilitiesOf(rawScores(model, x));
}

/** One number per row. */
export function predictBoostingRegressor(model: GradientBoostingRegressorModel, x: Matrix): Float64Array {
  const raw = rawScores(model, x)[0]!;
  return model.loss === 'poisson' ? raw.map(Math.exp) : raw;
}

interface Objective {
  readonly outputs: number;
  base(target: Target, weight: Float64Array | undefined): number[];
  readonly gradients: KnownLoss | OtherLoss;
  loss(target: Target, weight: Float64Array | undefined, raw: readonly Float64Array[]): number;
}

interface OtherLoss {
  /** What all outputs of a round share. @param before that of the round before, which may be written over */
  start(raw: readonly Float64Array[], before: Float64Array[] | undefined): Float64Array[];
  /** Writes gradient and hessian of each row for one output. */
  derive(state: LossState, pairs: Float64Array, output: number, started: Float64Array[]): void;
}

/** Numbers, or class numbers. */
type Target = Float64Array | Int32Array;

interface Part {
  readonly x: Matrix;
  readonly y: Target;
  readonly weight: Float64Array | undefined;
}

function boost(
  x: Matrix,
  y: Target,
  weight: Float64Array | undefined,
  strata: number,
  options: GradientBoostingOptions,
  objective: Objective,
): { trees: Tree[][]; base: number[] } {
  const whole: Part = { x, y, weight };
  const { earlyStopping, warmStart, nEstimators = 100 } = options;
  checkWarmStart(nEstimators, warmStart?.trees.length ?? 0);
  if (warmStart !== undefined && warmStart.base.length !== objective.outputs)
    throw new RangeError(
      `The model to start from has ${warmStart.base.length} outputs; ${objective.outputs} are needed. It must be of the same classes.`,
    );
  const { train, validation } =
    earlyStopping === undefined
      ? { train: whole, validation: undefined }
      : keptAside(whole, strata, earlyStopping.validationFraction ?? 0.1, options.seed ?? 0);
  return withKernel(options.threads ?? 1, (kernel) => {
    const categorical = columnsOf(x, options.categoricalFeatures ?? []);
    const binned = binFeatures(kernel, train.x, { categorical, packed: true });
    const base = warmStart === undefined ? objective.base(train.y, train.weight) : [...warmStart.base];
    const raw = base.map((score) => {
      const place = kernel.doubles(train.x.rows);
      place.view.fill(score);
      return place;
    });
    const other = typeof objective.gradients === 'string' ? undefined : objective.gradients;
    const known = typeof objective.gradients === 'string' ? objective.gradients : undefined;
    const state: LossState = { target: train.y, weight: train.weight, raw };
    const gradients = new RowGradients(kernel, known, state);
    const limits = {
      learningRate: options.learningRate ?? 0.1,
      maxLeafNodes: options.maxLeafNodes ?? 31,
      maxDepth: options.maxDepth ?? null,
      minSamplesLeaf: options.minSamplesLeaf ?? 20,
      l2Regularization: options.l2Regularization ?? 0,
    };
    const grower = new BoostedTreeGrower(kernel, binned, limits, gradients);
    const scores = raw.map(({ view }) => view);
    const aside = base.map((score) => new Float64Array(validation?.x.rows ?? 0).fill(score));
    const losses: number[] = [];
    const trees = (warmStart?.trees ?? []).map((round) => [...round]);
    if (trees.length > 0) addTrees(trees.flat(), train.x, scores, (tree) => tree % base.length);
    if (trees.length > 0 && validation !== undefined)
      addTrees(trees.flat(), validation.x, aside, (tree) => tree % base.length);
    let started: Float64Array[] | undefined;
    while (trees.length < nEstimators) {
      started = other?.start(scores, started);
      const round: Tree[] = [];
      for (let output = 0; output < objective.outputs; output++) {
        if (other === undefined) gradients.refresh();
        else other.derive(state, gradients.pairs!, output, started!);
        round.push(grower.grow(raw[output]!));
      }
      trees.push(round);
      if (validation !== undefined) {
        addTrees(round, validation.x, aside, (tree) => tree);
        losses.push(objective.loss(validation.y, validation.weight, aside));
        if (stalled(losses, earlyStopping?.nIterNoChange ?? 10, earlyStopping?.tol ?? 1e-7)) break;
      }
    }
    return { trees, base };
  });
}

/** None of the last `patience` losses is lower by `tol` than the one before them. */
function stalled(losses: readonly number[], patience: number, tol: number): boolean {
  const reference = losses.at(-patience - 1);
  return reference !== undefined && losses.slice(-patience).every((loss) => loss > reference - tol);
}

function keptAside(
  { x, y, weight }: Part,
  strata: number,
  fraction: number,
  seed: number,
): { train: Part; validation: Part } {
  const split = trainTestSplit(strata > 1 ? y : { length: x.rows }, strata, fraction, seed, strata > 1);
  const part = (rows: readonly number[]): Part => ({
    x: takeRows(x, rows),
    y: Float64Array.from(rows, (row) => y[row]!),
    weight: weight === undefined ? undefined : Float64Array.from(rows, (row) => weight[row]!),
  });
  return { train: part(split.train), validation: part(split.test) };
}

function columnsOf(x: Matrix, names: readonly string[]): Set<number> {
  return new Set(
    names.map((name) => {
      const at = x.names.indexOf(name);
      if (at < 0)
        throw new RangeError(
          `There is no column '${name}' to be categorical; columns: ${x.names.join(', ')}.`,
        );
      return at;
    }),
  );
}

function rawScores(model: Pick<GradientBoostingModel, 'base' | 'trees'>, x: Matrix): Float64Array[] {
  const raw = model.base.map((score) => new Float64Array(x.rows).fill(score));
  addTrees(model.trees.flat(), x, raw, (tree) => tree % raw.length);
  return raw;
}

function weightedMean(
  rows: number,
  weight: Float64Array | undefined,
  value: (row: number) => number,
): number {
  let sum = 0;
  let total = 0;
  for (let row = 0; row < rows; row++) {
    const w = weight?.[row] ?? 1;
    sum += w * value(row);
    total += w;
  }
  return sum / total;
}
