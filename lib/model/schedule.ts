import type { Alerts } from './alerts';

/** When a pipeline starts by itself, as data. */
export type Schedule =
  /** Unix cron, five fields, in an IANA time zone. */
  | { readonly kind: 'cron'; readonly expression: string; readonly timeZone: string }
  /** Every so many seconds, counted from the start date. */
  | { readonly kind: 'interval'; readonly seconds: number }
  | { readonly kind: 'once' }
  | { readonly kind: 'none' };

export type Trigger =
  | {
      readonly kind: 'object-created';
      readonly prefix: string;
      readonly suffix?: string;
      readonly minimumBytes?: number;
      /** Param that gets the object's key. */
      readonly param?: string;
    }
  | {
      readonly kind: 'dataset';
      readonly datasets: readonly string[];
      readonly mode: 'any' | 'all';
      /**
       * Updates of one date belong together, and the run is of that date; or those with one partition key, which the run gets.
       * @default whatever was updated
       */
      readonly per?: 'date' | 'key';
      /** Param that gets the key. */
      readonly param?: string;
    }
  /** An alias of one of the models came to another version. Params of the run get the model and the version. */
  | {
      readonly kind: 'alias-moved';
      readonly models: readonly string[];
      readonly alias: string;
      readonly params: { readonly model?: string; readonly version?: string };
    };

/** What decides when a pipeline starts, as the deployed machine carries it. */
export interface Policy {
  readonly schedule: Schedule;
  /** ISO dates or instants. */
  readonly startDate?: string;
  readonly endDate?: string;
  readonly catchup: boolean;
  /** `interval-start`: Airflow 2's meaning. `run-time`: the moment at which the run becomes due, Airflow 3's default. */
  readonly logicalDate: 'interval-start' | 'run-time';
  readonly maxActiveRuns: number;
  readonly dependsOnPast: boolean;
  /** Who is told how runs and tasks ended. */
  readonly alerts?: Alerts;
}
