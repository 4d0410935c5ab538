/**
 * The logical run as every task sees it. The `Begin` state returns it and the machine keeps it in `$run`.
 * All instants are ISO 8601 in UTC; `ds` and `dsNodash` are the date of `logicalDate`, as in Airflow.
 */
import type { JsonObject } from './json';

/** What starts runs. */
export const TRIGGER_TYPES = [
  'manual',
  'schedule',
  'object-created',
  'dataset',
  'alias-moved',
  'api',
  'backfill',
  'pipeline',
  'log',
] as const;

export type TriggerType = (typeof TRIGGER_TYPES)[number];

export interface RunContext {
  /** Id of the logical run, e.g. `credit-risk--manual--20261121T045501Z-1f3a`. At most 80 characters. */
  readonly id: string;
  readonly pipeline: string;
  /** Params after validation, with defaults filled in. */
  readonly params: JsonObject;
  readonly trigger: TriggerType;
  /** Start of the data interval. */
  readonly logicalDate: string;
  readonly dataIntervalStart: string;
  readonly dataIntervalEnd: string;
  /** `YYYY-MM-DD` and `YYYYMMDD` of `logicalDate`. */
  readonly ds: string;
  readonly dsNodash: string;
  readonly startedAt: string;
  readonly code: CodeVersion;
  /** False when no task takes the result of an earlier run. */
  readonly cache?: false;
}

/** The commit a machine was synthesised from. `unknown` when there was neither a repository nor a CI variable. */
export interface CodeVersion {
  readonly commit: string;
  readonly dirty: boolean;
}
