import { z } from 'zod';
import { contract } from './contract';
import { datasetRef, featureSet, objectRef } from './dataset';

export const prepareFeatures = contract({
  name: 'prepare-features',
  summary:
    'Splits a dataset into train and test, fits one-hot encoding and scaling on the train part, applies them to both.',
  input: z.object({
    dataset: datasetRef,
    target: z.string(),
    /** Classes to tell apart, or a number to predict. */
    problem: z.enum(['classification', 'regression']).default('classification'),
    /** Label of the positive class of a binary target. @default the rarer class */
    positive: z.string().optional(),
    /** Columns to leave out. */
    exclude: z.array(z.string()).default([]),
    /** Column of the rows' weights, for training and for metrics; no feature itself. @default 1 each */
    sampleWeight: z.string().optional(),
    /** Share of rows in the test part. */
    testSize: z.number().gt(0).lt(1).default(0.2),
    /**
     * Column that orders the rows in time: the test part is then the last rows, and nothing is shuffled. It is no
     * feature itself. @default rows are drawn at random
     */
    orderBy: z.string().optional(),
    /** Keeps the class shares equal in both parts, where rows are drawn at random. */
    stratify: z.boolean().default(true),
    seed: z.int().nonnegative().default(42),
  }),
  output: z.object({
    train: featureSet,
    test: featureSet,
    preprocessor: objectRef,
    features: z.int().positive(),
  }),
  memoryMb: 1769,
  access: [
    { store: 'objects', mode: 'read', prefix: 'datasets/{pipeline}/' },
    // Also reads back a part, to split it once more.
    { store: 'objects', mode: 'write', prefix: 'features/{pipeline}/' },
  ],
});
