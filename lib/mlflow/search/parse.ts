/**
 * Filters and order_by clauses of all searches:
 *
 *   filter   := clause { AND clause }
 *   clause   := name comparator value | name IS [NOT] NULL | name [NOT] IN ( string { , string } )
 *   order_by := name [ASC | DESC]
 *   name     := [entity .] key
 *
 * Where OR is switched on, which MLflow does not know:
 *
 *   filter   := all { OR all }
 *   all      := part { AND part }
 *   part     := clause | ( filter )
 */
import { invalid } from '../mlflow-error';
import type { Clause, Condition, Field } from './conditions';
import type { Comparator, Grammar, Searchable } from './grammar';
import { Reader } from './reader';
import { tokens } from './tokens';

export interface OrderBy extends Field {
  readonly ascending: boolean;
}

const MAX_DEPTH = 50;

/** @throws MlflowError INVALID_PARAMETER_VALUE */
export function parseFilter(grammar: Grammar, filter: string | undefined): Clause[] {
  if (filter === undefined || filter.trim() === '') return [];
  const reader = new Reader(tokens(filter), filter);
  const clauses: Clause[] = [];
  do clauses.push(clause(grammar, reader));
  while (reader.word('AND'));
  if (!reader.done()) throw reader.unexpected();
  return clauses;
}

/** The same with OR and parentheses, if they are switched on. @throws MlflowError INVALID_PARAMETER_VALUE */
export function parseConditions(grammar: Grammar, filter: string | undefined, or: boolean): Condition[] {
  if (!or || filter === undefined || filter.trim() === '') return parseFilter(grammar, filter);
  const reader = new Reader(tokens(filter), filter);
  const found = alternatives(grammar, reader, 0);
  if (!reader.done())
    throw reader.unexpected('Clauses are joined by AND and OR, and parentheses come in pairs.');
  return found;
}

function alternatives(grammar: Grammar, reader: Reader, depth: number): Condition[] {
  if (depth > MAX_DEPTH)
    throw invalid(`Invalid filter string: parentheses are nested more than ${MAX_DEPTH} deep.`);
  const anyOf = [together(grammar, reader, depth)];
  while (reader.word('OR')) anyOf.push(together(grammar, reader, depth));
  return anyOf.length === 1 ? (anyOf[0] as Condition[]) : [{ anyOf }];
}

function together(grammar: Grammar, reader: Reader, depth: number): Condition[] {
  const all: Condition[] = [];
  do {
    if (reader.symbol('(')) {
      all.push(...alternatives(grammar, reader, depth + 1));
      if (!reader.symbol(')')) throw reader.unexpected('A parenthesis has no end.');
    } else all.push(clause(grammar, reader));
  } while (reader.word('AND'));
  return all;
}

/** @throws MlflowError INVALID_PARAMETER_VALUE; also when a field stands twice */
export function parseOrderBy(grammar: Grammar, clauses: readonly string[]): OrderBy[] {
  const fields = clauses.map((text): OrderBy => {
    const fault = `Invalid order_by clause '${text}'. Could not be parsed.`;
    // "run name" is the one key of two words that MLflow's own interface sends without quotes.
    const reader = new Reader(tokens(text.replace(/\brun name\b/i, 'run_name')), text);
    const name = reader.name();
    if (name === undefined) throw invalid(fault);
    const descending = reader.word('DESC');
    if (!descending) reader.word('ASC');
    if (!reader.done()) throw invalid(fault);
    const { field, searchable } = resolve(grammar, name);
    if (grammar[field.entity]?.order === false) {
      const valid = Object.keys(grammar).filter((entity) => grammar[entity]?.order !== false);
      throw invalid(`Invalid order_by entity type '${field.entity}'. Valid values are ${quoted(valid)}`);
    }
    if ('order' in searchable && searchable.order === false)
      throw invalid(`Invalid order by key '${field.key}' specified.`);
    return { ...field, ascending: !descending };
  });
  const seen = new Set<string>();
  for (const { entity, key } of fields) {
    if (seen.has(`${entity}.${key}`))
      throw invalid(`\`order_by\` contains duplicate fields: ${quoted(clauses)}`);
    seen.add(`${entity}.${key}`);
  }
  return fields;
}

function clause(grammar: Grammar, reader: Reader): Clause {
  const name = reader.name();
  if (name === undefined)
    throw invalid(`Invalid comparison clause. Expected 'Identifier' found '${reader.rest()}'`);
  const { field, searchable } = resolve(grammar, name);
  if ('filter' in searchable && searchable.filter === false)
    throw invalid(`Invalid attribute key '${field.key}' specified. It can only be sorted by.`);
  const comparator = reader.comparator();
  if (comparator === undefined)
    throw invalid(`Invalid comparison clause. Expected comparison found '${reader.rest()}'`);
  if (!searchable.comparators.includes(comparator)) {
    throw invalid(
      `Invalid comparator '${comparator}' not one of ${quoted(searchable.comparators)} for ${field.entity} '${field.key}'`,
    );
  }
  return { ...field, comparator, value: value(reader, field, searchable, comparator) };
}

function value(reader: Reader, field: Field, { type }: Searchable, comparator: Comparator): Clause['value'] {
  if (comparator === 'IS NULL' || comparator === 'IS NOT NULL') return null;
  if (comparator === 'IN' || comparator === 'NOT IN') return reader.list();
  const token = reader.next();
  const found = token?.text ?? '';
  if (type === 'number') {
    if (token?.kind === 'number') return token.value;
    if (token?.kind === 'name' && /^(?:nan|inf|infinity)$/i.test(found))
      return /^n/i.test(found) ? Number.NaN : Infinity;
    throw invalid(
      field.entity === 'metric'
        ? `Expected numeric value type for metric. Found ${found}`
        : `Expected numeric value type for numeric attribute: ${field.key}. Found ${found}`,
    );
  }
  if (token?.kind === 'string' && !found.startsWith('`')) return token.value;
  throw invalid(
    `Expected a quoted string value for ${field.entity === 'attribute' ? 'attributes' : `${field.entity} (e.g. 'my-value')`}. Got value ${found}`,
  );
}

function resolve(grammar: Grammar, name: string): { field: Field; searchable: Searchable } {
  const dot = name.indexOf('.');
  const prefix = dot < 0 ? 'attribute' : name.slice(0, dot);
  const key = name.slice(dot + 1);
  const found = Object.entries(grammar).find(([, { aliases }]) => aliases.includes(prefix));
  if (found === undefined) {
    throw invalid(`Invalid entity type '${prefix}'. Valid values are ${quoted(Object.keys(grammar))}`);
  }
  const [entity, { keys }] = found;
  if (isSearchable(keys)) return { field: { entity, key }, searchable: keys };
  const known = Object.entries(keys).find(
    ([candidate, attribute]) => candidate === key || attribute.aliases?.includes(key) === true,
  );
  if (known === undefined) {
    throw invalid(`Invalid ${entity} key '${key}' specified. Valid keys are ${quoted(Object.keys(keys))}`);
  }
  return { field: { entity, key: known[0] }, searchable: known[1] };
}

function isSearchable(keys: Grammar[string]['keys']): keys is Searchable {
  return Array.isArray((keys as Searchable).comparators);
}

function quoted(names: readonly string[]): string {
  return `[${names.map((name) => `'${name}'`).join(', ')}]`;
}
