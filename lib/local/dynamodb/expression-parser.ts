/**
 * DynamoDB's expression languages by recursive descent: conditions (also key conditions and filters), updates, projections.
 * Names (`#n`) and values (`:v`) are put in while parsing; what is given but not used is an error, as in DynamoDB.
 */
import { AwsError } from '../service';
import type { AttributeValue } from './attribute-value';

export type DocumentPath = readonly (string | number)[];

export type Operand =
  | { readonly kind: 'path'; readonly path: DocumentPath }
  | { readonly kind: 'value'; readonly value: AttributeValue }
  | { readonly kind: 'size'; readonly path: DocumentPath }
  | { readonly kind: 'if_not_exists'; readonly path: DocumentPath; readonly otherwise: Operand }
  | { readonly kind: 'list_append'; readonly left: Operand; readonly right: Operand }
  | { readonly kind: 'plus' | 'minus'; readonly left: Operand; readonly right: Operand };

export type Comparator = '=' | '<>' | '<' | '<=' | '>' | '>=';

export type Condition =
  | {
      readonly kind: 'compare';
      readonly operator: Comparator;
      readonly left: Operand;
      readonly right: Operand;
    }
  | { readonly kind: 'between'; readonly operand: Operand; readonly low: Operand; readonly high: Operand }
  | { readonly kind: 'in'; readonly operand: Operand; readonly options: readonly Operand[] }
  | { readonly kind: 'and' | 'or'; readonly left: Condition; readonly right: Condition }
  | { readonly kind: 'not'; readonly condition: Condition }
  | { readonly kind: 'attribute_exists' | 'attribute_not_exists'; readonly path: DocumentPath }
  | {
      readonly kind: 'attribute_type' | 'begins_with' | 'contains';
      readonly left: Operand;
      readonly right: Operand;
    };

export interface Update {
  readonly set: readonly { readonly path: DocumentPath; readonly value: Operand }[];
  readonly remove: readonly DocumentPath[];
  readonly add: readonly { readonly path: DocumentPath; readonly value: AttributeValue }[];
  readonly delete: readonly { readonly path: DocumentPath; readonly value: AttributeValue }[];
}

export interface Substitutions {
  readonly names?: Readonly<Record<string, string>> | undefined;
  readonly values?: Readonly<Record<string, AttributeValue>> | undefined;
}

/** Parses the expressions of one request and remembers which placeholders they used. */
export class ExpressionParser {
  private readonly usedNames = new Set<string>();
  private readonly usedValues = new Set<string>();

  constructor(private readonly substitutions: Substitutions) {}

  condition(text: string, what = 'ConditionExpression'): Condition {
    return this.parse(text, what, (p) => p.condition());
  }

  update(text: string): Update {
    return this.parse(text, 'UpdateExpression', (p) => p.update());
  }

  projection(text: string): DocumentPath[] {
    return this.parse(text, 'ProjectionExpression', (p) => p.projection());
  }

  /** @throws AwsError when a name or a value was given for nothing */
  finish(): void {
    const unused = (given: object | undefined, used: Set<string>) =>
      Object.keys(given ?? {}).filter((key) => !used.has(key));
    const names = unused(this.substitutions.names, this.usedNames);
    if (names.length > 0)
      throw invalid(
        `Value provided in ExpressionAttributeNames unused in expressions: keys: {${names.join(', ')}}`,
      );
    const values = unused(this.substitutions.values, this.usedValues);
    if (values.length > 0)
      throw invalid(
        `Value provided in ExpressionAttributeValues unused in expressions: keys: {${values.join(', ')}}`,
      );
  }

  private parse<T>(text: string, what: string, rule: (parser: Cursor) => T): T {
    if (text.trim() === '') throw invalid(`Invalid ${what}: The expression can not be empty;`);
    const cursor = new Cursor(text, what, this.substitutions, this.usedNames, this.usedValues);
    const result = rule(cursor);
    cursor.end();
    return result;
  }
}

const TOKEN = /\s*(?:([#:]?[A-Za-z_]\w*|[#:]\d\w*)|(\d+)|(<=|>=|<>|[=<>(),.[\]+-]))/y;
const CLAUSES = new Set(['SET', 'REMOVE', 'ADD', 'DELETE']);

class Cursor {
  private readonly tokens: string[] = [];
  private at = 0;

  constructor(
    text: string,
    private readonly what: string,
    private readonly substitutions: Substitutions,
    private readonly usedNames: Set<string>,
    private readonly usedValues: Set<string>,
  ) {
    TOKEN.lastIndex = 0;
    const trimmed = text.trimEnd();
    while (TOKEN.lastIndex < trimmed.length) {
      const from = TOKEN.lastIndex;
      const match = TOKEN.exec(trimmed);
      if (match === null) throw this.fault(trimmed.slice(from).trim().charAt(0));
      this.tokens.push(match[1] ?? match[2] ?? match[3] ?? '');
    }
  }

  condition(): Condition {
    let left = this.conjunction();
    while (this.takeWord('OR')) left = { kind: 'or', left, right: this.conjunction() };
    return left;
  }

  update(): Update {
    const result = {
      set: [] as Update['set'][number][],
      remove: [] as DocumentPath[],
      add: [] as Update['add'][number][],
      delete: [] as Update['delete'][number][],
    };
    while (this.at < this.tokens.length) {
      const clause = this.next().toUpperCase();
      if (!CLAUSES.has(clause)) throw this.fault(clause);
      do {
        const path = this.path();
        if (clause === 'SET') {
          this.expect('=');
          result.set.push({ path, value: this.sum() });
        } else if (clause === 'REMOVE') result.remove.push(path);
        else (clause === 'ADD' ? result.add : result.delete).push({ path, value: this.value() });
      } while (this.take(','));
    }
    const paths = [
      ...result.set.map((s) => s.path),
      ...result.remove,
      ...result.add.map((a) => a.path),
      ...result.delete.map((d) => d.path),
    ];
    paths.forEach((a, i) => {
      const other = paths.findIndex((b, j) => j > i && overlaps(a, b));
      if (other >= 0)
        throw invalid(
          `Invalid UpdateExpression: Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [${a.join(', ')}], path two: [${paths[other]?.join(', ') ?? ''}]`,
        );
    });
    return result;
  }

  projection(): DocumentPath[] {
    const paths = [this.path()];
    while (this.take(',')) paths.push(this.path());
    return paths;
  }

  end(): void {
    if (this.at < this.tokens.length) throw this.fault(this.tokens[this.at] ?? '');
  }

  private conjunction(): Condition {
    let left = this.negation();
    while (this.takeWord('AND')) left = { kind: 'and', left, right: this.negation() };
    return left;
  }

  private negation(): Condition {
    if (this.takeWord('NOT')) return { kind: 'not', condition: this.negation() };
    if (this.take('(')) {
      const inner = this.condition();
      this.expect(')');
      return inner;
    }
    return this.test();
  }

  private test(): Condition {
    const word = this.peek();
    if (this.tokens[this.at + 1] === '(') {
      if (word === 'attribute_exists' || word === 'attribute_not_exists') {
        this.at += 2;
        const path = this.path();
        this.expect(')');
        return { kind: word, path };
      }
      if (word === 'attribute_type' || word === 'begins_with' || word === 'contains') {
        this.at += 2;
        const left = this.operand();
        this.expect(',');
        const right = this.operand();
        this.expect(')');
        return { kind: word, left, right };
      }
    }
    const left = this.operand();
    if (this.takeWord('BETWEEN')) {
      const low = this.operand();
      if (!this.takeWord('AND')) throw this.fault(this.peek());
      return { kind: 'between', operand: left, low, high: this.operand() };
    }
    if (this.takeWord('IN')) {
      this.expect('(');
      const options = [this.operand()];
      while (this.take(',')) options.push(this.operand());
      this.expect(')');
      return { kind: 'in', operand: left, options };
    }
    const operator = this.next();
    if (!['=', '<>', '<', '<=', '>', '>='].includes(operator)) throw this.fault(operator);
    return { kind: 'compare', operator: operator as Comparator, left, right: this.operand() };
  }

  private sum(): Operand {
    const left = this.operand();
    if (this.take('+')) return { kind: 'plus', left, right: this.operand() };
    if (this.take('-')) return { kind: 'minus', left, right: this.operand() };
    return left;
  }

  private operand(): Operand {
    const word = this.peek();
    if (word.startsWith(':')) return { kind: 'value', value: this.value() };
    if (this.tokens[this.at + 1] === '(') {
      if (word === 'size') {
        this.at += 2;
        const path = this.path();
        this.expect(')');
        return { kind: 'size', path };
      }
      if (word === 'if_not_exists') {
        this.at += 2;
        const path = this.path();
        this.expect(',');
        const otherwise = this.operand();
        this.expect(')');
        return { kind: 'if_not_exists', path, otherwise };
      }
      if (word === 'list_append') {
        this.at += 2;
        const left = this.operand();
        this.expect(',');
        const right = this.operand();
        this.expect(')');
        return { kind: 'list_append', left, right };
      }
      throw invalid(`Invalid ${this.what}: Invalid function name; function: ${word}`);
    }
    return { kind: 'path', path: this.path() };
  }

  private path(): DocumentPath {
    const path: (string | number)[] = [this.name()];
    for (;;) {
      if (this.take('.')) path.push(this.name());
      else if (this.take('[')) {
        path.push(Number(this.next()));
        this.expect(']');
      } else return path;
    }
  }

  private name(): string {
    const word = this.next();
    if (word.startsWith('#')) {
      const name = this.substitutions.names?.[word];
      if (name === undefined)
        throw invalid(
          `Invalid ${this.what}: An expression attribute name used in the document path is not defined; attribute name: ${word}`,
        );
      this.usedNames.add(word);
      return name;
    }
    if (!/^[A-Za-z]\w*$/.test(word)) throw this.fault(word);
    return word;
  }

  private value(): AttributeValue {
    const word = this.next();
    const value = this.substitutions.values?.[word];
    if (!word.startsWith(':')) throw this.fault(word);
    if (value === undefined)
      throw invalid(
        `Invalid ${this.what}: An expression attribute value used in expression is not defined; attribute value: ${word}`,
      );
    this.usedValues.add(word);
    return value;
  }

  private peek(): string {
    return this.tokens[this.at] ?? '<EOF>';
  }

  private next(): string {
    const token = this.peek();
    this.at++;
    return token;
  }

  private take(token: string): boolean {
    if (this.tokens[this.at] !== token) return false;
    this.at++;
    return true;
  }

  private takeWord(word: string): boolean {
    if (this.tokens[this.at]?.toUpperCase() !== word) return false;
    this.at++;
    return true;
  }

  private expect(token: string): void {
    if (!this.take(token)) throw this.fault(this.peek());
  }

  private fault(token: string): AwsError {
    return invalid(
      `Invalid ${this.what}: Syntax error; token: "${token}", near: "${this.tokens.slice(Math.max(0, this.at - 2), this.at + 2).join(' ')}"`,
    );
  }
}

function overlaps(a: DocumentPath, b: DocumentPath): boolean {
  const length = Math.min(a.length, b.length);
  return a.slice(0, length).every((segment, i) => segment === b[i]);
}

export function invalid(message: string): AwsError {
  return new AwsError('ValidationException', message);
}
