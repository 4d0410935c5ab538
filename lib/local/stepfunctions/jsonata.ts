/** JSONata as Step Functions has it: `{% … %}` strings at any depth, `$states`, variables, a few more functions. */
import { createHash, randomUUID } from 'node:crypto';
import jsonata from 'jsonata';
import { StatesError } from './states-error';

export interface Bindings {
  readonly states: unknown;
  /** Values of those of the names that are variables. */
  readonly variables: (names: readonly string[]) => Record<string, unknown>;
}

interface Compiled {
  readonly expression: jsonata.Expression;
  /** Names after a `$`: of all variables only these are handed over. */
  readonly names: readonly string[];
}

const MOST_COMPILED = 5000;
const compiled = new Map<string, Compiled>();

export function isExpression(value: unknown): value is string {
  return typeof value === 'string' && value.startsWith('{%') && value.endsWith('%}');
}

/** @throws SyntaxError-like objects of jsonata when the text is no expression */
export function compileExpression(text: string): Compiled {
  const known = compiled.get(text);
  if (known !== undefined) return known;
  const expression = jsonata(text.slice(2, -2).trim());
  expression.registerFunction(
    'partition',
    (items: unknown[], size: number) =>
      Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size)),
    '<a<x>n:a<a>>',
  );
  expression.registerFunction(
    'range',
    (from: number, to: number, step: number) => {
      const result: number[] = [];
      for (let value = from; step > 0 ? value <= to : value >= to; value += step) result.push(value);
      return result;
    },
    '<nnn:a<n>>',
  );
  expression.registerFunction(
    'hash',
    (value: unknown, algorithm: string) =>
      createHash(algorithm.toLowerCase().replace('-', ''))
        .update(typeof value === 'string' ? value : JSON.stringify(value))
        .digest('hex'),
    '<xs:s>',
  );
  expression.registerFunction('uuid', () => randomUUID(), '<:s>');
  expression.registerFunction('parse', (text: string) => JSON.parse(text) as unknown, '<s:x>');
  const names = new Set([...text.matchAll(/\$([A-Za-z_]\w*)/g)].map((match) => match[1] ?? ''));
  const entry = { expression, names: [...names] };
  // Deployments come and go in a server that stays up.
  if (compiled.size >= MOST_COMPILED) compiled.clear();
  compiled.set(text, entry);
  return entry;
}

/** A template with every expression replaced by its value. @throws StatesError States.QueryEvaluationError */
export async function evaluate(template: unknown, bindings: Bindings, where: string): Promise<unknown> {
  if (isExpression(template)) {
    let value: unknown;
    try {
      const { expression, names } = compileExpression(template);
      value = await expression.evaluate({}, { ...bindings.variables(names), states: bindings.states });
    } catch (error) {
      throw new StatesError(
        'States.QueryEvaluationError',
        `The JSONata expression '${template.slice(2, -2).trim()}' specified for the field '${where}' threw an error during evaluation. ${messageOf(error)}`,
      );
    }
    if (value === undefined)
      throw new StatesError(
        'States.QueryEvaluationError',
        `The JSONata expression '${template.slice(2, -2).trim()}' specified for the field '${where}' returned nothing (undefined).`,
      );
    return plain(value);
  }
  if (Array.isArray(template))
    return Promise.all(template.map((item, i) => evaluate(item, bindings, `${where}[${i}]`)));
  if (typeof template === 'object' && template !== null) {
    const entries = await Promise.all(
      Object.entries(template).map(
        async ([name, member]) => [name, await evaluate(member, bindings, `${where}/${name}`)] as const,
      ),
    );
    return Object.fromEntries(entries);
  }
  return template;
}

/** JSONata's sequences carry hidden members; what goes on is plain JSON. */
function plain(value: unknown): unknown {
  return typeof value === 'object' && value !== null ? (JSON.parse(JSON.stringify(value)) as unknown) : value;
}

function messageOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'message' in error
    ? String(error.message)
    : String(error);
}
