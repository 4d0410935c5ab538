/**
 * Dates as ISO 8601 texts to numbers, in UTC where the text names no other offset: `2026-03-07`, with a time `T10:30`, `10:30:05`,
 * `10:30:05.25` after it (or a blank for the T), and with that an offset `Z`, `+02:00`, `+0200`, `+02`. Nothing is learned.
 */
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
const TIME = '(?:[01][0-9]|2[0-3]):[0-5][0-9]';
const OFFSET = '(?:Z|[+-](?:[01][0-9]|2[0-3])(?::?[0-5][0-9])?)';
const MONTH_AND_DAY =
  '(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)|02-(?:0[1-9]|[12][0-9]))';
/** The whole text; for JavaScript and RE2 alike. The 29th of February of any year is a date: the day after the 28th. */
export const DATE_PATTERN = `[ \\t\\r\\n]*[0-9]{4}-${MONTH_AND_DAY}(?:[T ]${TIME}(?::[0-5][0-9](?:\\.[0-9]+)?)?${OFFSET}?)?[ \\t\\r\\n]*`;
const DATE = new RegExp(`^(?:${DATE_PATTERN})$`);
const PIECES = /^(.{10})[T ](\d\d:\d\d(?::\d\d)?(?:\.\d+)?)(?:Z|(?:([+-]\d\d):?(\d\d)?))?$/;

const PARTS: Readonly<Record<DatePart, (date: Date) => number>> = {
  year: (date) => date.getUTCFullYear(),
  quarter: (date) => Math.floor(date.getUTCMonth() / 3) + 1,
  month: (date) => date.getUTCMonth() + 1,
  day: (date) => date.getUTCDate(),
  'day-of-year': (date) => Math.floor((date.getTime() - new Date(date).setUTCMonth(0, 1)) / DAY) + 1,
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
  if (value === null || !DATE.test(value)) return new Date(Number.NaN);
  const [, day = value.trim(), time = '00:00', hours = '+00', minutes = '00'] =
    PIECES.exec(value.trim()) ?? [];
  return new Date(`${day}T${time}${hours}:${minutes}`);
}
