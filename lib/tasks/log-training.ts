import { z } from 'zod';
import { contract } from './contract';
import { featureSet, modelRef } from './dataset';

/** One epoch of a training, or whatever its steps are. */
export const trainingStep = z.object({
  step: z.int().nonnegative(),
  metrics: z.record(z.string().min(1), z.number()),
});

export const logTraining = contract({
  name: 'log-training',
  summary:
    'Writes what a training in a container gave down in the tracking store: metrics step by step, params, the file of the model.',
  input: z.object({
    /** Of the model and of the tracked run. */
    name: z.string().min(1),
    algorithm: z.string().min(1),
    history: z.array(trainingStep).min(1),
    params: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({}),
    /**
     * The file that the container wrote; it is copied to the artifacts of the run, under `model/`. A `model.onnx` becomes a
     * model folder, which tasks and endpoints score by.
     */
    file: z.object({
      uri: z.string().startsWith('s3://'),
      sha256: z.string().regex(/^[0-9a-f]{64}$/),
      bytes: z.int().positive(),
    }),
    classes: z.array(z.string()),
    /** What it was trained with: logged with the run; rows of it are the example of a model folder, which is tried with them. */
    train: featureSet.optional(),
    /** The step from which an attempt went on: 0 when nothing had been interrupted. */
    resumedFrom: z.int().nonnegative().default(0),
  }),
  output: z.object({ model: modelRef, steps: z.int().positive() }),
  memoryMb: 512,
  access: [
    { store: 'objects', mode: 'read', prefix: 'checkpoints/{pipeline}/' },
    { store: 'objects', mode: 'read', prefix: 'features/{pipeline}/' },
    { store: 'objects', mode: 'write', prefix: 'artifacts/' },
    { store: 'tracking', mode: 'write' },
  ],
});
