import { z } from 'zod';
import { contract } from './contract';
import { featureSet, modelRef } from './dataset';
import { anyMetric } from './metric';

export const compareWithChampion = contract({
  name: 'compare-with-champion',
  summary:
    'Scores a candidate and the version behind an alias on the same test set, and records how it went.',
  input: z.object({
    model: modelRef,
    name: z.string().min(1),
    version: z.string(),
    alias: z.string().default('champion'),
    test: featureSet,
    /** One that fits the model: of a regression `rmse`, `mae`, `r2` and the like. */
    metric: anyMetric.default('auc'),
    /** How much better the candidate must be. */
    minimumImprovement: z.number().nonnegative().default(0),
  }),
  output: z.object({
    better: z.boolean(),
    /** One sentence with both values; recorded with the promotion. */
    reason: z.string(),
    candidate: z.number(),
    /** `null` when no version has the alias yet. */
    champion: z.object({ version: z.string(), value: z.number() }).nullable(),
    /**
     * How much worse that version is on these rows than on those that it was registered with, in the metric's unit; negative
     * when it is better, 0 when there is nothing to compare.
     */
    drop: z.number(),
    /** Version behind the alias when the comparison was made: the compare-and-set value of a promotion. */
    expected: z.string().nullable(),
  }),
  memoryMb: 1769,
  access: [
    { store: 'objects', mode: 'read', prefix: 'features/{pipeline}/' },
    { store: 'objects', mode: 'read', prefix: 'artifacts/' },
    // It records the comparison with the version, for the gates of the model.
    { store: 'tracking', mode: 'write' },
  ],
});
