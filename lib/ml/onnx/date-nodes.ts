/**
 * Parts of dates in a graph, which has neither dates nor places in a text: the text is split at its marks, padded so that each
 * split gives as many pieces whatever was written, and the calendar is computed with doubles.
 *
 * Days and dates: H. Hinnant, "chrono-Compatible Low-Level Date Algorithms", days_from_civil and civil_from_days.
 */
import { DATE_PATTERN, type DatePart } from '../preprocessing/date-parts';
import { int, ints, string } from './attributes';
import { GraphWriter } from './graph-writer';
import type { Node } from './model';

/**
 * Outputs `<output>_<part>`, float [rows, 1]; NaN where the text is no date.
 * @param input texts, [rows, 1]
 */
export function dateNodes(input: string, parts: readonly DatePart[], output: string): Node[] {
  const g = new GraphWriter(output);
  const column = g.op('Constant', [], { value_ints: ints([-1, 1]) });
  const line = g.op('Constant', [], { value_ints: ints([-1]) });
  const text = g.op('Reshape', [input, line]);
  const isDate = g.op('RegexFullMatch', [text], { pattern: string(DATE_PATTERN) });
  const calendar = calendarOf(g, instantOf(g, g.op('Where', [isDate, text, g.texts('1970-01-01')])));
  const none = g.number(Number.NaN);
  for (const part of parts)
    g.cast(
      g.op('Reshape', [g.op('Where', [isDate, calendar[part](), none]), column]),
      'float',
      `${output}_${part}`,
    );
  return g.nodes;
}

interface Instant {
  /** Whole minutes since 1970, UTC. */
  readonly minutes: string;
  /** Of the minute, with fractions. */
  readonly seconds: string;
}

function instantOf(g: GraphWriter, text: string): Instant {
  const number = (piece: string) => g.cast(piece, 'double');
  const joined = (...pieces: string[]) => pieces.reduce((left, right) => g.op('StringConcat', [left, right]));
  // Blanks around it go, and one between date and time becomes T.
  const [first, second] = split(g, joined(text, g.texts(' 00:00')), undefined, 2);
  const [day, time] = split(g, joined(first!, g.texts('T'), second!), 'T', 2);
  const [beforePlus, plus] = split(g, joined(time!, g.texts('+00:00')), '+', 2);
  const [beforeMinus, minus] = split(g, joined(beforePlus!, g.texts('-00:00')), '-', 2);
  const [clock] = split(g, joined(beforeMinus!, g.texts('Z')), 'Z', 1);
  const [hour, minute, second60] = split(g, joined(clock!, g.texts(':00')), ':', 3);
  const [year, month, dayOfMonth] = split(g, day!, '-', 3);
  const offset = (piece: string) => {
    const [hours, minutes] = split(g, joined(piece, g.texts(':')), ':', 2);
    const digits = joined(hours!, minutes!);
    const short = g.cast(g.op('RegexFullMatch', [digits], { pattern: string('[0-9][0-9]') }), 'double');
    // Hours and minutes are four digits, hours alone two.
    const figure = g.mul(number(digits), g.add(g.mul(short, 99), 1));
    return g.sub(figure, g.mul(g.quotient(figure, 100), 40));
  };
  const days = daysOf(g, number(year!), number(month!), number(dayOfMonth!));
  const ofDay = g.add(g.mul(number(hour!), 60), number(minute!));
  const away = g.sub(offset(plus!), offset(minus!));
  return {
    minutes: g.sub(g.add(g.mul(days, 1440), ofDay), away),
    seconds: number(second60!),
  };
}

/** @param pieces that there are in every row @param mark `undefined` for blanks */
function split(g: GraphWriter, text: string, mark: string | undefined, pieces: number): string[] {
  const list = g.op('StringSplit', [text], {
    ...(mark === undefined ? {} : { delimiter: string(mark) }),
    maxsplit: int(pieces),
  });
  // The operator's second output is the number of pieces.
  const node = g.nodes.at(-1)!;
  g.nodes[g.nodes.length - 1] = { ...node, outputs: [list, `${list}_count`] };
  return Array.from({ length: pieces }, (_, i) =>
    g.op('Gather', [list, g.op('Constant', [], { value_int: int(i) })], { axis: int(1) }),
  );
}

function daysOf(g: GraphWriter, year: string, month: string, day: string): string {
  const early = g.is('Less', month, 3);
  const y = g.sub(year, early);
  const fromMarch = g.add(g.sub(month, 3), g.mul(early, 12));
  const dayOfYear = g.sub(g.add(g.quotient(g.add(g.mul(fromMarch, 153), 2), 5), day), 1);
  return g.sub(g.add(daysBefore(g, y), dayOfYear), 719468);
}

/** Days of the years before, each from March on. */
function daysBefore(g: GraphWriter, year: string): string {
  const leaps = g.add(g.sub(g.quotient(year, 4), g.quotient(year, 100)), g.quotient(year, 400));
  return g.add(g.mul(year, 365), leaps);
}

function calendarOf(g: GraphWriter, { minutes, seconds }: Instant): Record<DatePart, () => string> {
  const days = g.quotient(minutes, 1440);
  const ofDay = g.sub(minutes, g.mul(days, 1440));
  const shifted = g.add(days, 719468);
  const era = g.quotient(shifted, 146097);
  const ofEra = g.sub(shifted, g.mul(era, 146097));
  const leapDays = g.sub(g.sub(g.quotient(ofEra, 36524), g.quotient(ofEra, 1460)), g.quotient(ofEra, 146096));
  const yearOfEra = g.quotient(g.add(ofEra, leapDays), 365);
  const marchYear = g.add(yearOfEra, g.mul(era, 400));
  const ofYear = g.sub(shifted, daysBefore(g, marchYear));
  const fromMarch = g.quotient(g.add(g.mul(ofYear, 5), 2), 153);
  const late = g.is('GreaterOrEqual', fromMarch, 10);
  const month = g.sub(g.add(fromMarch, 3), g.mul(late, 12));
  const year = g.add(marchYear, late);
  const weekday = g.rest(g.add(days, 3), 7);
  return {
    year: () => year,
    quarter: () => g.add(g.quotient(g.sub(month, 1), 3), 1),
    month: () => month,
    day: () => g.add(g.sub(ofYear, g.quotient(g.add(g.mul(fromMarch, 153), 2), 5)), 1),
    // The first of January is day 306 of the year that began in March.
    'day-of-year': () => g.sub(shifted, g.add(daysBefore(g, g.sub(year, 1)), 305)),
    'day-of-week': () => weekday,
    'is-weekend': () => g.is('GreaterOrEqual', weekday, 5),
    hour: () => g.quotient(ofDay, 60),
    minute: () => g.rest(ofDay, 60),
    // Whole milliseconds, as a date has them.
    days: () => {
      const ofMinute = g.quotient(g.add(g.mul(seconds, 1000), 1e-4), 1);
      return g.binary('Div', g.add(g.mul(minutes, 60_000), ofMinute), 86_400_000);
    },
  };
}
