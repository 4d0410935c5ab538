/** Estimators by name, with the params that they take: those of the task that trains each, where there is one. */
import { z } from 'zod';
import { trainDecisionTree } from './train-decision-tree';
import { trainExtraTrees } from './train-extra-trees';
import { trainGradientBoosting } from './train-gradient-boosting';
import { trainGradientBoostingRegressor } from './train-gradient-boosting-regressor';
import { trainLinearRegression } from './train-linear-regression';
import { trainLogisticRegression } from './train-logistic-regression';
import { trainNaiveBayes } from './train-naive-bayes';
import { trainRandomForest } from './train-random-forest';
import { trainRandomForestRegressor } from './train-random-forest-regressor';
import { trainRidge } from './train-ridge';

const neighbours = z.strictObject({
  nNeighbors: z.int().positive().default(5),
  /** 'distance': by 1 / distance; a row at distance 0 decides alone. */
  weights: z.enum(['uniform', 'distance']).default('uniform'),
  metric: z.enum(['euclidean', 'manhattan']).default('euclidean'),
});

/** Strict: a misspelled param is refused. */
export const CLASSIFIER_PARAMS = {
  'decision-tree': trainDecisionTree.input.omit({ train: true }).strict(),
  'random-forest': trainRandomForest.input.omit({ train: true, warmStart: true }).strict(),
  'extra-trees': trainExtraTrees.input.omit({ train: true, warmStart: true }).strict(),
  'gradient-boosting': trainGradientBoosting.input.omit({ train: true, warmStart: true }).strict(),
  'logistic-regression': trainLogisticRegression.input.omit({ train: true, warmStart: true }).strict(),
  'naive-bayes': trainNaiveBayes.input.omit({ train: true }).strict(),
  /** Keeps all rows that it learned from, in its file too. */
  'nearest-neighbours': neighbours,
  /** Does not look at the features: what any model must beat. */
  dummy: z.strictObject({ strategy: z.enum(['prior', 'most-frequent', 'uniform']).default('prior') }),
} as const;

export const REGRESSOR_PARAMS = {
  'random-forest-regressor': trainRandomForestRegressor.input.omit({ train: true, warmStart: true }).strict(),
  'gradient-boosting-regressor': trainGradientBoostingRegressor.input
    .omit({ train: true, warmStart: true })
    .strict(),
  'linear-regression': trainLinearRegression.input.omit({ train: true }).strict(),
  ridge: trainRidge.input.omit({ train: true }).strict(),
  /** With `l1Ratio` 1 the lasso. */
  'elastic-net': z.strictObject({
    alpha: z.number().nonnegative().default(1),
    l1Ratio: z.number().min(0).max(1).default(0.5),
    fitIntercept: z.boolean().default(true),
    maxIter: z.int().positive().default(1000),
    tol: z.number().positive().default(1e-6),
  }),
  'decision-tree-regressor': trainDecisionTree.input.omit({ train: true, classWeight: true }).strict(),
  'extra-trees-regressor': trainExtraTrees.input
    .omit({ train: true, warmStart: true, classWeight: true })
    .extend({ maxFeatures: trainExtraTrees.input.shape.maxFeatures.unwrap().default('all') })
    .strict(),
  'nearest-neighbours-regressor': neighbours,
  'dummy-regressor': z.strictObject({ strategy: z.enum(['mean', 'median']).default('mean') }),
} as const;

export type ClassifierName = keyof typeof CLASSIFIER_PARAMS;
export type RegressorName = keyof typeof REGRESSOR_PARAMS;

export const classifierName = z.enum(Object.keys(CLASSIFIER_PARAMS) as [ClassifierName, ...ClassifierName[]]);
export const regressorName = z.enum(Object.keys(REGRESSOR_PARAMS) as [RegressorName, ...RegressorName[]]);
export const estimatorName = z.enum([...classifierName.options, ...regressorName.options]);
export type EstimatorName = z.output<typeof estimatorName>;

/** Values of an estimator's params by name; what is left out has its default. */
export const estimatorParams = z.record(
  z.string(),
  z.union([z.number(), z.string(), z.boolean(), z.null(), z.record(z.string(), z.number())]),
);
export type EstimatorParams = z.output<typeof estimatorParams>;
