/** Dates as ISO 8601 texts to numbers, in UTC where the text names no other offset. Nothing is learned. */
export type DatePart =
  | 'year'
  /** 1 to 4. */
  | 'quarter'
  /** 1 to 12. */
  | 'month'
  | 'day'
  /** 1 to 366. */
  | 'day-of-year'
  /** 0 for Monday. */
  | 'day-of-week'
  /** 1 on Saturday and Sunday. */
  | 'is-weekend'
  | 'hour'
  | 'minute'
  /** Since 1970, with fractions. */
  | 'days';

/** @default ['year', 'month', 'day', 'day-of-week', 'hour'] */
export const DATE_PARTS: readonly DatePart[] = ['year', 'month', 'day', 'day-of-week', 'hour'];

const DAY = 86_400_000;
/** A text without an offset is UTC, with a time or without. */
const LOCAL = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?))?$/;

const PARTS: Readonly<Record<DatePart, (date: Date) => number>> = {
  year: (date) => date.getUTCFullYear(),
  quarter: (date) => Math.floor(date.getUTCMonth() / 3) + 1,
  month: (date) => date.getUTCMonth() + 1,
  day: (date) => date.getUTCDate(),
  'day-of-year': (date) => Math.floor((date.getTime() - Date.UTC(date.getUTCFullYear(), 0, 1)) / DAY) + 1,
  'day-of-week': (date) => (date.getUTCDay() + 6) % 7,
  'is-weekend': (date) => Number(date.getUTCDay() % 6 === 0),
  hour: (date) => date.getUTCHours(),
  minute: (date) => date.getUTCMinutes(),
  days: (date) => date.getTime() / DAY,
};

/** A column per part; NaN where the text is missing or no date. */
export function dateParts(values: readonly (string | null)[], parts: readonly DatePart[]): Float64Array[] {
  const dates = values.map(parse);
  return parts.map((part) =>
    Float64Array.from(dates, (date) => (Number.isNaN(date.getTime()) ? Number.NaN : PARTS[part](date))),
  );
}

function parse(value: string | null): Date {
  const match = value === null ? null : LOCAL.exec(value.trim());
  if (match === null) return new Date(value === null ? Number.NaN : value.trim());
  return new Date(`${match[1]}T${match[2] ?? '00:00'}Z`);
}
