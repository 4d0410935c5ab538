/** JSON whose whole numbers stay what they are: those that a double would make another of become BigInt. */

/** A member that no service has. */
const WHOLE = '\u0000whole';
/** Texts, in which digits are no numbers, and numbers. */
const TOKENS = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g;
const LONG = /^-?[1-9]\d{15,}$/;

/** @throws SyntaxError for what is no JSON */
export function parseJson(text: string): unknown {
  if (!/\d{16}/.test(text)) return JSON.parse(text) as unknown;
  const marked = text.replace(TOKENS, (token) =>
    LONG.test(token) && !Number.isSafeInteger(Number(token)) ? JSON.stringify({ [WHOLE]: token }) : token,
  );
  return JSON.parse(marked, (_name, value: unknown) =>
    isMarked(value) ? BigInt(value[WHOLE]) : value,
  ) as unknown;
}

/** The text of a value that `parseJson` gave. */
export function jsonText(value: unknown): string {
  const marked = JSON.stringify(value, (_name, member: unknown) =>
    typeof member === 'bigint' ? { [WHOLE]: String(member) } : member,
  );
  return marked.replace(/\{"\\u0000whole":"(-?\d+)"\}/g, '$1');
}

function isMarked(value: unknown): value is { readonly [WHOLE]: string } {
  return typeof value === 'object' && value !== null && WHOLE in value;
}
