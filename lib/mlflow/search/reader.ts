/** Goes through the tokens of a clause. */
import { invalid } from '../mlflow-error';
import type { Comparator } from './grammar';
import type { Token } from './tokens';

export class Reader {
  private at = 0;

  constructor(
    private readonly all: readonly Token[],
    private readonly text: string,
  ) {}

  done(): boolean {
    return this.at === this.all.length;
  }

  next(): Token | undefined {
    return this.all[this.at++];
  }

  rest(): string {
    return this.all
      .slice(this.at)
      .map((token) => token.text)
      .join(' ');
  }

  unexpected(why = 'Clauses are joined by AND.'): Error {
    return invalid(`Invalid clause(s) in filter string: '${this.rest()}' in '${this.text}'. ${why}`);
  }

  /** A name, or a whole name in quotes as some clients write it. */
  name(): string | undefined {
    const token = this.all[this.at];
    if (token?.kind !== 'name' && !(token?.kind === 'string' && !token.text.startsWith("'")))
      return undefined;
    this.at++;
    return token.value;
  }

  /** Steps over a keyword when it is there. */
  word(keyword: string): boolean {
    const token = this.all[this.at];
    if (token?.kind !== 'name' || token.text.toUpperCase() !== keyword) return false;
    this.at++;
    return true;
  }

  comparator(): Comparator | undefined {
    const token = this.all[this.at];
    if (token?.kind === 'symbol' && /^[=<>!]/.test(token.text)) {
      this.at++;
      return token.text as Comparator;
    }
    if (this.word('LIKE')) return 'LIKE';
    if (this.word('ILIKE')) return 'ILIKE';
    if (this.word('IN')) return 'IN';
    if (this.word('NOT')) return this.word('IN') ? 'NOT IN' : undefined;
    if (!this.word('IS')) return undefined;
    const not = this.word('NOT');
    if (!this.word('NULL')) return undefined;
    return not ? 'IS NOT NULL' : 'IS NULL';
  }

  /** `('a', 'b')` */
  list(): string[] {
    const fault = () =>
      invalid(
        `While parsing a list in the query, expected a non-empty list of quoted strings in parentheses in '${this.text}'`,
      );
    const found: string[] = [];
    if (!this.symbol('(')) throw fault();
    if (this.symbol(')')) {
      throw invalid(
        'While parsing a list in the query, expected a non-empty list of string values, but got empty list',
      );
    }
    do {
      const token = this.next();
      if (token?.kind !== 'string') throw fault();
      found.push(token.value);
    } while (this.symbol(','));
    if (!this.symbol(')')) throw fault();
    return found;
  }

  /** Steps over a symbol when it is there. */
  symbol(text: string): boolean {
    const token = this.all[this.at];
    if (token?.kind !== 'symbol' || token.text !== text) return false;
    this.at++;
    return true;
  }
}
