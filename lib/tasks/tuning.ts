/** What tasks that search for params share. */
import { z } from 'zod';
import { estimatorParams } from './estimator';

const value = z.union([z.number(), z.string(), z.boolean(), z.null()]);

/** Where a param's values come from: a list, or a range to draw from. */
export const paramSource = z.union([
  z.array(value).min(1),
  z.object({
    /** 'log-uniform': each order of magnitude is as likely. 'integer': whole numbers, both ends possible. */
    kind: z.enum(['uniform', 'log-uniform', 'integer']),
    low: z.number(),
    high: z.number(),
  }),
]);

/** Params of an estimator by name. */
export const paramSpace = z.record(z.string(), paramSource).refine((space) => Object.keys(space).length > 0, {
  message: 'a space needs at least one param',
});
export type ParamSpace = z.output<typeof paramSpace>;

export const calibration = z
  .enum(['sigmoid', 'isotonic'])
  .optional()
  .describe('Sets probabilities right by rows that were not learned from; isotonic needs about a thousand');

export const classScoring = z.enum([
  'roc-auc',
  'accuracy',
  'balanced-accuracy',
  'precision',
  'recall',
  'f1',
  'matthews-correlation',
  'average-precision',
  'neg-log-loss',
  'neg-brier',
]);
export const numberScoring = z.enum([
  'r2',
  'neg-mae',
  'neg-rmse',
  'neg-mape',
  'neg-median-absolute-error',
  'neg-quantile-loss-10',
  'neg-quantile-loss-90',
]);

/** One set of params and its score over the folds; greater is better. */
export const triedParams = z.object({
  params: estimatorParams,
  mean: z.number().nullable(),
  std: z.number().nullable(),
  /** 1 for the best. */
  rank: z.int(),
});
