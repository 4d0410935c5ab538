import type { Schedule, Trigger } from '../model/schedule';

/** Unix cron, five fields. @default timeZone UTC */
export function cron(expression: string, options: { readonly timeZone?: string } = {}): Schedule {
  return { kind: 'cron', expression, timeZone: options.timeZone ?? 'UTC' };
}

/** Every so many seconds, counted from the start date. */
export function every(interval: number): Schedule {
  return { kind: 'interval', seconds: interval };
}

export const once: Schedule = { kind: 'once' };

/** Airflow's presets, at midnight UTC where a time of day is meant. */
export const hourly = cron('0 * * * *');
export const daily = cron('0 0 * * *');
export const weekly = cron('0 0 * * SUN');
export const monthly = cron('0 0 1 * *');
export const yearly = cron('0 0 1 1 *');

/**
 * Datasets that tasks of other pipelines update (`outlets`): each of them since the run before, or any of them. With
 * `per: 'date'` those belong together that runs of the same day updated, by their logical dates in UTC, and the run is of that
 * day. With `per: 'key'` those with the same `partitionKey`; `param` names the param of the run that gets it.
 * @default mode all
 */
export function datasetUpdated(
  datasets: string | readonly string[],
  options: {
    readonly mode?: 'any' | 'all';
  } & ({ readonly per?: 'date' } | { readonly per: 'key'; readonly param: string }) = {},
): Trigger {
  return {
    kind: 'dataset',
    datasets: typeof datasets === 'string' ? [datasets] : [...new Set(datasets)],
    mode: options.mode ?? 'all',
    ...(options.per === undefined ? {} : { per: options.per }),
    ...(options.per === 'key' ? { param: options.param } : {}),
  };
}

/**
 * An alias of a registered model comes to another version, whoever moved it: a task, the command line, an MLflow client.
 * `params` name the params of the run that get the model and the version. @default alias champion
 */
export function aliasMoved(
  models: string | readonly string[],
  options: {
    readonly alias?: string;
    readonly params?: { readonly model?: string; readonly version?: string };
  } = {},
): Trigger {
  return {
    kind: 'alias-moved',
    models: typeof models === 'string' ? [models] : [...new Set(models)],
    alias: options.alias ?? 'champion',
    params: options.params ?? {},
  };
}

/** A file that arrives under a prefix of the data bucket. `param` names the param of the run that gets its key. */
export function objectCreated(
  prefix: string,
  options: { readonly suffix?: string; readonly minimumBytes?: number; readonly param?: string } = {},
): Trigger {
  return { kind: 'object-created', prefix, ...options };
}
