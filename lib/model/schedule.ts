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
    }
  | { readonly kind: 'dataset'; readonly datasets: readonly string[]; readonly mode: 'any' | 'all' };
