/** `-c keep-days=predictions-log:90,labels:180`: how long what lies below a folder of the data bucket is kept. */
import { SynthesisError } from './synthesis-error';

/**
 * Folders that nothing needs for ever. Not among them: what people bring (`raw/`), what versions of models are made of
 * (`artifacts/`), the history of feature groups, and what has a rule of its own (`executions/`, `logs/`).
 */
export const EXPIRING = [
  'checkpoints',
  'datasets',
  'features',
  'images',
  'labels',
  'predictions',
  'predictions-log',
  'reports',
] as const;
export type ExpiringFolder = (typeof EXPIRING)[number];

/** Days by folder. */
export type Retention = Readonly<Partial<Record<ExpiringFolder, number>>>;

/** @throws SynthesisError for a folder that is none of `EXPIRING`, one that comes twice, and what is no number of days */
export function readRetention(value: unknown): Retention {
  if (value === undefined) return {};
  const kept = new Map<ExpiringFolder, number>();
  for (const word of String(value).split(',')) {
    const [, name, days] = /^([a-z-]+):([1-9]\d{0,4})$/.exec(word) ?? [];
    const folder = EXPIRING.find((one) => one === name);
    if (folder === undefined) throw refused(value, `'${word}' is not a folder and a number of days`);
    if (kept.has(folder)) throw refused(value, `'${folder}' comes twice`);
    kept.set(folder, Number(days));
  }
  return Object.fromEntries(kept);
}

function refused(value: unknown, why: string): SynthesisError {
  return new SynthesisError(
    'CLOUD_CONTEXT',
    `The context value keep-days is ${JSON.stringify(value)}: ${why}.`,
    `Write -c keep-days=predictions-log:90,labels:180 with folders of ${EXPIRING.join(', ')}.`,
  );
}
