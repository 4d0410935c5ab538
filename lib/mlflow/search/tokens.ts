/**
 * Tokens of filters and order_by clauses. A name goes on through dots and may have quoted parts, so that
 * `tags."mlflow.user"` and metrics.`test acc` are one token each.
 */
import { invalid } from '../mlflow-error';

export type Token =
  | { readonly kind: 'name'; readonly text: string; readonly value: string }
  | { readonly kind: 'string'; readonly text: string; readonly value: string }
  | { readonly kind: 'number'; readonly text: string; readonly value: number }
  | { readonly kind: 'symbol'; readonly text: string };

const SPACE = /\s+/y;
const NUMBER = /[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?![\w.])/y;
const SYMBOL = /<=|>=|!=|<>|==|[=<>(),]/y;
/** A word, then more of it: characters of names, or a quoted part behind a dot. */
const NAME = /[\p{L}_](?:[\p{L}\p{N}_.\-/:@]|(?<=\.)(?:`[^`]*`|"[^"]*"|'[^']*'))*/uy;
const QUOTED = /`([^`]*)`|"([^"]*)"|'([^']*)'/y;

/** @throws MlflowError for a character that begins nothing, or a quote that does not end */
export function tokens(text: string): Token[] {
  const found: Token[] = [];
  let at = 0;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match !== null) at += match[0].length;
    return match;
  };
  while (at < text.length) {
    if (take(SPACE) !== null) continue;
    const token = number(take(NUMBER)) ?? symbol(take(SYMBOL)) ?? name(take(NAME)) ?? quoted(take(QUOTED));
    if (token === undefined) {
      throw invalid(
        /["'`]/.test(text[at] ?? '')
          ? `Invalid filter string: the quote at ${at} has no end: ${text.slice(at)}`
          : `Invalid clause(s) in filter string: '${text.slice(at)}'`,
      );
    }
    found.push(token);
  }
  return found;
}

const number = (match: RegExpExecArray | null): Token | undefined =>
  match === null ? undefined : { kind: 'number', text: match[0], value: Number(match[0]) };

const symbol = (match: RegExpExecArray | null): Token | undefined =>
  match === null
    ? undefined
    : { kind: 'symbol', text: match[0] === '<>' ? '!=' : match[0] === '==' ? '=' : match[0] };

const name = (match: RegExpExecArray | null): Token | undefined =>
  match === null
    ? undefined
    : {
        kind: 'name',
        text: match[0],
        value: match[0].replace(
          /\.(?:`([^`]*)`|"([^"]*)"|'([^']*)')/g,
          (_part, a, b, c) => `.${a ?? b ?? c}`,
        ),
      };

const quoted = (match: RegExpExecArray | null): Token | undefined =>
  match === null
    ? undefined
    : { kind: 'string', text: match[0], value: match[1] ?? match[2] ?? match[3] ?? '' };
