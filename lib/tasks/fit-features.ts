import { z } from 'zod';
import { contract } from './contract';
import { datasetRef, featureSet, objectRef } from './dataset';
import { datePart } from './transform-step';

/** Names, or columns by kind and by a regular expression. */
const selector = z.union([
  z.array(z.string()).min(1),
  z.strictObject({
    kind: z.enum(['number', 'text']).optional(),
    matching: z.string().optional(),
    except: z.array(z.string()).optional(),
  }),
]);
const numberImpute = z.union([
  z.strictObject({ strategy: z.enum(['mean', 'median', 'most-frequent', 'none']) }),
  z.strictObject({ strategy: z.literal('constant'), value: z.number() }),
]);
const textImpute = z.union([
  z.strictObject({ strategy: z.enum(['most-frequent', 'none']) }),
  z.strictObject({ strategy: z.literal('constant'), value: z.string() }),
]);
const scale = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.enum(['none', 'standard', 'robust']) }),
  z.strictObject({
    kind: z.literal('min-max'),
    low: z.number().optional(),
    high: z.number().optional(),
    clip: z.boolean().optional(),
  }),
]);
const onNumbers = { columns: selector.optional(), impute: numberImpute.optional() };

/** scikit-learn's ColumnTransformer, step by step: each adds its features after those of the steps before. */
export const featureStep = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('numbers'),
    ...onNumbers,
    scale: scale.optional(),
    /** Adds a column that is 1 where a value was missing. */
    indicator: z.boolean().optional(),
  }),
  z.strictObject({
    kind: z.literal('bins'),
    ...onNumbers,
    nBins: z.int().min(2).optional(),
    strategy: z.enum(['quantile', 'uniform']).optional(),
    encode: z.enum(['ordinal', 'one-hot']).optional(),
  }),
  z.strictObject({
    kind: z.literal('polynomial'),
    ...onNumbers,
    scale: scale.optional(),
    degree: z.int().min(2).max(4).optional(),
    interactionOnly: z.boolean().optional(),
  }),
  z.strictObject({
    kind: z.literal('texts'),
    columns: selector.optional(),
    impute: textImpute.optional(),
    encode: z
      .discriminatedUnion('kind', [
        z.strictObject({ kind: z.literal('one-hot'), minFrequency: z.int().positive().optional() }),
        z.strictObject({ kind: z.literal('ordinal') }),
        z.strictObject({ kind: z.literal('hashing'), nFeatures: z.int().positive().optional() }),
        /** Mean of the target by category; rows of the train part out of fold. */
        z.strictObject({
          kind: z.literal('target'),
          smooth: z.union([z.literal('auto'), z.number().nonnegative()]).optional(),
          folds: z.int().min(2).optional(),
          seed: z.int().nonnegative().optional(),
        }),
      ])
      .optional(),
  }),
  z.strictObject({ kind: z.literal('dates'), columns: selector, parts: z.array(datePart).min(1).optional() }),
]);

export const fitFeatures = contract({
  name: 'fit-features',
  summary: 'Fits steps of preprocessing on the train part alone and applies them to it and to the test part.',
  input: z.object({
    train: datasetRef,
    test: datasetRef,
    target: z.string(),
    /** Classes to tell apart, or a number to predict. */
    problem: z.enum(['classification', 'regression']).default('classification'),
    /** Label of the positive class of a binary target. @default the rarer class */
    positive: z.string().optional(),
    /** @default numbers scaled, texts one-hot */
    steps: z
      .array(featureStep)
      .min(1)
      .default([{ kind: 'numbers' }, { kind: 'texts' }]),
    /** Columns to leave out. */
    exclude: z.array(z.string()).default([]),
    /** Column of the rows' weights, for training and for metrics; no feature itself. @default 1 each */
    sampleWeight: z.string().optional(),
  }),
  output: z.object({
    /** As estimators take them: the features and the target. */
    train: featureSet,
    test: featureSet,
    /** JSON of what was learned, for `apply-features`. */
    state: objectRef,
    features: z.array(z.string()),
  }),
  memoryMb: 1769,
  access: [
    { store: 'objects', mode: 'read', prefix: 'datasets/{pipeline}/' },
    { store: 'objects', mode: 'write', prefix: 'features/{pipeline}/' },
  ],
});
