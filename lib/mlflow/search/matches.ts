import { isAnyOf, type Clause, type Condition, type Field } from './conditions';

export type Value = string | number | undefined;
/** What a thing has under a field. Several values (its datasets): one that matches is enough. */
export type Reading = Value | readonly Value[];
export type Reader<T> = (thing: T, field: Field) => Reading;

/** Whether all clauses hold. A value that is missing fulfils nothing but IS NULL. */
export function matcher<T>(conditions: readonly Condition[], read: Reader<T>): (thing: T) => boolean {
  const tests = conditions.map((condition) => {
    if (isAnyOf(condition)) {
      const choices = condition.anyOf.map((some) => matcher(some, read));
      return (thing: T) => choices.some((holds) => holds(thing));
    }
    const holds = test(condition);
    return (thing: T) => {
      const reading = read(thing, condition);
      return isList(reading) ? reading.some(holds) : holds(reading);
    };
  });
  return (thing) => tests.every((holds) => holds(thing));
}

function test({ comparator, value }: Clause): (actual: Value) => boolean {
  const present = (holds: (actual: string | number) => boolean) => (actual: Value) =>
    actual !== undefined && holds(actual);
  const number = (holds: (actual: number) => boolean) => present((actual) => holds(actual as number));
  switch (comparator) {
    case 'IS NULL':
      return (actual) => actual === undefined;
    case 'IS NOT NULL':
      return (actual) => actual !== undefined;
    case 'IN':
    case 'NOT IN': {
      const listed = new Set<unknown>(value as readonly string[]);
      return present((actual) => listed.has(actual) === (comparator === 'IN'));
    }
    case 'LIKE':
    case 'ILIKE': {
      const fold = (text: string) => (comparator === 'ILIKE' ? text.toLowerCase() : text);
      const pattern = fold(value as string);
      return present((actual) => isLike(fold(String(actual)), pattern));
    }
    case '=':
      return present((actual) => actual === value);
    case '!=':
      return present((actual) => actual !== value);
    case '>':
      return number((actual) => actual > (value as number));
    case '>=':
      return number((actual) => actual >= (value as number));
    case '<':
      return number((actual) => actual < (value as number));
    case '<=':
      return number((actual) => actual <= (value as number));
  }
}

/** SQL's pattern: `%` is any text, `_` one character. Time is at most the product of the lengths, whatever the pattern. */
export function isLike(text: string, pattern: string): boolean {
  let [t, p, star, mark] = [0, 0, -1, 0];
  while (t < text.length) {
    if (pattern[p] === '%') {
      star = p++;
      mark = t;
    } else if (p < pattern.length && (pattern[p] === '_' || pattern[p] === text[t])) {
      p++;
      t++;
    } else if (star >= 0) {
      // The last `%` takes one character more.
      p = star + 1;
      t = ++mark;
    } else return false;
  }
  while (pattern[p] === '%') p++;
  return p === pattern.length;
}

function isList(reading: Reading): reading is readonly Value[] {
  return Array.isArray(reading);
}
