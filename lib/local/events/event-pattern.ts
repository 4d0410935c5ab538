/** EventBridge's pattern language. Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html */
type Pattern = { readonly [key: string]: unknown };

export function matchesPattern(pattern: Pattern, event: unknown): boolean {
  return Object.entries(pattern).every(([key, expected]) => {
    if (key === '$or')
      return Array.isArray(expected) && expected.some((option) => matchesPattern(option as Pattern, event));
    const value =
      typeof event === 'object' && event !== null ? (event as Record<string, unknown>)[key] : undefined;
    if (!Array.isArray(expected)) return matchesPattern(expected as Pattern, value);
    const values = Array.isArray(value) ? value : [value];
    return values.some((candidate) => expected.some((rule) => matchesRule(rule, candidate)));
  });
}

function matchesRule(rule: unknown, value: unknown): boolean {
  if (typeof rule !== 'object' || rule === null) return rule === value;
  const [[name, argument] = ['', undefined]] = Object.entries(rule);
  const text = typeof value === 'string' ? value : undefined;
  switch (name) {
    case 'prefix':
      return text?.startsWith(String(argument)) ?? false;
    case 'suffix':
      return text?.endsWith(String(argument)) ?? false;
    case 'equals-ignore-case':
      return text?.toLowerCase() === String(argument).toLowerCase();
    case 'wildcard':
      return (
        text !== undefined &&
        new RegExp(
          `^${String(argument)
            .split('*')
            .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
            .join('.*')}$`,
          's',
        ).test(text)
      );
    case 'exists':
      return (value !== undefined) === argument;
    case 'anything-but': {
      if (value === undefined) return false;
      const options = Array.isArray(argument) ? argument : [argument];
      return !options.some((option) => matchesRule(option, value));
    }
    case 'numeric':
      return typeof value === 'number' && Array.isArray(argument) && holdsAll(argument, value);
  }
  return false;
}

function holdsAll(terms: readonly unknown[], value: number): boolean {
  for (let i = 0; i + 1 < terms.length; i += 2) {
    const bound = Number(terms[i + 1]);
    const holds = {
      '=': value === bound,
      '<': value < bound,
      '<=': value <= bound,
      '>': value > bound,
      '>=': value >= bound,
    }[String(terms[i])];
    if (holds !== true) return false;
  }
  return true;
}
