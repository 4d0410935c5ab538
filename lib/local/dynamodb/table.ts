import type { AttributeType, Item } from './attribute-value';
import { payload } from './attribute-value';
import { invalid } from './expression-parser';

export interface KeySchema {
  readonly hash: string;
  readonly range?: string;
}

export interface IndexDefinition extends KeySchema {
  readonly name: string;
  readonly projection: {
    readonly type: 'ALL' | 'KEYS_ONLY' | 'INCLUDE';
    readonly attributes?: readonly string[];
  };
}

/** What is known of a table; stored as it is. */
export interface TableDefinition {
  readonly name: string;
  readonly key: KeySchema;
  readonly attributes: Readonly<Record<string, 'S' | 'N' | 'B'>>;
  readonly indexes: readonly IndexDefinition[];
  readonly ttlAttribute?: string | undefined;
  readonly createdAt: number;
}

/** Keys that sort in LMDB as DynamoDB sorts items: partition by partition, S by UTF-8 bytes, N by value, B by bytes. */
export function itemKey(table: TableDefinition, schema: KeySchema, item: Item): string[] | undefined {
  const parts: string[] = [];
  for (const name of [schema.hash, ...(schema.range === undefined ? [] : [schema.range])]) {
    const value = item[name];
    const type = table.attributes[name];
    if (value === undefined || type === undefined || !(type in value)) return undefined;
    parts.push(sortable(type, String(payload(value))));
  }
  return parts;
}

/** @throws AwsError when the key attributes are missing, of another type, or empty */
export function requireKey(table: TableDefinition, item: Item, exact: boolean): string[] {
  const names = [table.key.hash, ...(table.key.range === undefined ? [] : [table.key.range])];
  if (exact && Object.keys(item).length !== names.length)
    throw invalid('The provided key element does not match the schema');
  for (const name of names) {
    const value = item[name];
    const type = table.attributes[name] as AttributeType;
    if (value === undefined) {
      throw invalid(
        exact
          ? 'The provided key element does not match the schema'
          : `One or more parameter values were invalid: Missing the key ${name} in the item`,
      );
    }
    if (!(type in value)) {
      throw invalid(
        exact
          ? 'The provided key element does not match the schema'
          : `One or more parameter values were invalid: Type mismatch for key ${name} expected: ${type} actual: ${Object.keys(value)[0] ?? ''}`,
      );
    }
    if (payload(value) === '')
      throw invalid(
        `One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: ${name}`,
      );
  }
  return itemKey(table, table.key, item) ?? [];
}

function sortable(type: 'S' | 'N' | 'B', text: string): string {
  if (type === 'S') return text;
  if (type === 'B') return Buffer.from(text, 'base64').toString('hex');
  return sortableNumber(text);
}

/** Sign, exponent and digits so that text order is number order; negatives are complemented. */
export function sortableNumber(text: string): string {
  const match = /^(-?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/.exec(text.replace(/^\+/, ''));
  const digitsAll = `${match?.[2] ?? ''}${match?.[3] ?? ''}`;
  const digits = digitsAll.replace(/^0+/, '').replace(/0+$/, '');
  if (digits === '') return '1';
  const exponent =
    (match?.[2] ?? '').length +
    Number(match?.[4] ?? 0) -
    (digitsAll.length - digitsAll.replace(/^0+/, '').length);
  const biased = String(exponent + 500).padStart(4, '0');
  if (match?.[1] !== '-') return `2${biased}${digits}`;
  const complement = (part: string) => part.replace(/\d/g, (digit) => String(9 - Number(digit)));
  // The closing mark sorts after every digit: a shorter negative number is the greater one.
  return `0${complement(biased)}${complement(digits)}~`;
}
