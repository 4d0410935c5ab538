/** The four pipelines of the life of the churn model, as a user copies them: with the times and limits of the story. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../millrace';
import { temporaryProject, type TemporaryProject } from '../temporary-project';

/** What differs from the shipped files: text, and what stands there in the story. */
const CHANGES: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
  // A day's customers say little of differences that are smaller.
  churn: [
    [".default(0.001)\n        .describe('Gain in AUC", ".default(0.01)\n        .describe('Gain in AUC"],
  ],
  'model-deployment': [],
  'model-retraining': [],
  // Looked at once a day over a quarter and not hourly over a day; a false alarm in a thousand days and not in twenty looks.
  'model-monitoring': [
    ['  hourly,\n', '  daily,\n'],
    ['schedule: hourly', 'schedule: daily'],
    ['alpha: z.number().gt(0).lt(1).default(0.05)', 'alpha: z.number().gt(0).lt(1).default(0.0001)'],
    [
      "        .default(0.05)\n        .describe('Fall of accuracy",
      "        .default(0.1)\n        .describe('Fall of accuracy",
    ],
  ],
};

export function storyProject(): TemporaryProject {
  return temporaryProject(
    Object.fromEntries(
      Object.entries(CHANGES).map(([name, changes]) => {
        const path = `pipelines/${name}.ts`;
        let text = readFileSync(join(ROOT, path), 'utf8');
        for (const [from, to] of changes) {
          if (!text.includes(from)) throw new Error(`${path} no longer has: ${from}`);
          text = text.replace(from, to);
        }
        return [path, text];
      }),
    ),
  );
}
