/** Conditions over an item, and updates of it. A missing attribute makes a comparison false, never an error. */
import { compare, equal, itemSize, payload, typeOf, type AttributeValue, type Item } from './attribute-value';
import { decimalAdd } from './decimal';
import { invalid, type Condition, type DocumentPath, type Operand, type Update } from './expression-parser';

export function holds(condition: Condition, item: Item): boolean {
  switch (condition.kind) {
    case 'and':
      return holds(condition.left, item) && holds(condition.right, item);
    case 'or':
      return holds(condition.left, item) || holds(condition.right, item);
    case 'not':
      return !holds(condition.condition, item);
    case 'attribute_exists':
      return valueAt(item, condition.path) !== undefined;
    case 'attribute_not_exists':
      return valueAt(item, condition.path) === undefined;
    case 'compare':
      return compared(condition.operator, resolve(condition.left, item), resolve(condition.right, item));
    case 'between': {
      const value = resolve(condition.operand, item);
      return (
        compared('>=', value, resolve(condition.low, item)) &&
        compared('<=', value, resolve(condition.high, item))
      );
    }
    case 'in': {
      const value = resolve(condition.operand, item);
      return condition.options.some((option) => compared('=', value, resolve(option, item)));
    }
    case 'attribute_type': {
      const value = resolve(condition.left, item);
      const type = resolve(condition.right, item);
      return value !== undefined && type !== undefined && 'S' in type && typeOf(value) === type.S;
    }
    case 'begins_with': {
      const value = resolve(condition.left, item);
      const prefix = resolve(condition.right, item);
      if (value === undefined || prefix === undefined) return false;
      if ('S' in value && 'S' in prefix) return value.S.startsWith(prefix.S);
      if ('B' in value && 'B' in prefix)
        return Buffer.from(value.B, 'base64')
          .subarray(0, Buffer.from(prefix.B, 'base64').length)
          .equals(Buffer.from(prefix.B, 'base64'));
      return false;
    }
    case 'contains': {
      const value = resolve(condition.left, item);
      const part = resolve(condition.right, item);
      if (value === undefined || part === undefined) return false;
      if ('S' in value && 'S' in part) return value.S.includes(part.S);
      if ('L' in value) return value.L.some((member) => equal(member, part));
      return (
        ['SS', 'NS', 'BS'].includes(typeOf(value)) &&
        (payload(value) as string[]).includes(String(payload(part)))
      );
    }
  }
}

function compared(
  operator: '=' | '<>' | '<' | '<=' | '>' | '>=',
  left: AttributeValue | undefined,
  right: AttributeValue | undefined,
): boolean {
  if (operator === '<>')
    return left === undefined || right === undefined ? left !== right : !equal(left, right);
  if (left === undefined || right === undefined) return false;
  if (operator === '=') return equal(left, right);
  const order = compare(left, right);
  if (order === undefined) return false;
  return operator === '<'
    ? order < 0
    : operator === '<='
      ? order <= 0
      : operator === '>'
        ? order > 0
        : order >= 0;
}

function resolve(operand: Operand, item: Item): AttributeValue | undefined {
  switch (operand.kind) {
    case 'value':
      return operand.value;
    case 'path':
      return valueAt(item, operand.path);
    case 'size': {
      const value = valueAt(item, operand.path);
      if (value === undefined) return undefined;
      if ('S' in value) return { N: String(value.S.length) };
      if ('B' in value) return { N: String(Buffer.from(value.B, 'base64').length) };
      if ('M' in value) return { N: String(Object.keys(value.M).length) };
      const members = payload(value);
      return Array.isArray(members) ? { N: String(members.length) } : undefined;
    }
    case 'if_not_exists':
      return valueAt(item, operand.path) ?? resolve(operand.otherwise, item);
    case 'list_append': {
      const left = resolve(operand.left, item);
      const right = resolve(operand.right, item);
      if (left === undefined || right === undefined || !('L' in left) || !('L' in right))
        throw invalid('An operand in the update expression has an incorrect data type');
      return { L: [...left.L, ...right.L] };
    }
    case 'plus':
    case 'minus': {
      const left = resolve(operand.left, item);
      const right = resolve(operand.right, item);
      if (left === undefined || right === undefined)
        throw invalid('The provided expression refers to an attribute that does not exist in the item');
      if (!('N' in left) || !('N' in right))
        throw invalid('An operand in the update expression has an incorrect data type');
      return { N: decimalAdd(left.N, right.N, operand.kind === 'plus' ? 1 : -1) };
    }
  }
}

export function valueAt(item: Item, path: DocumentPath): AttributeValue | undefined {
  let here: AttributeValue | undefined = itself(item);
  for (const segment of path) {
    if (here === undefined) return undefined;
    if (typeof segment === 'number') here = 'L' in here ? here.L[segment] : undefined;
    else here = 'M' in here ? member(here.M, segment) : undefined;
  }
  return here;
}

/** Attributes may be called like members of every object. */
function member(attributes: Item, name: string): AttributeValue | undefined {
  return Object.hasOwn(attributes, name) ? attributes[name] : undefined;
}

/** An item as the map that it is. */
function itself(item: Item): AttributeValue {
  return { M: item };
}

/** A new item; every operand is read from the old one. @throws AwsError ValidationException */
export function applyUpdate(update: Update, item: Item): Item {
  let next: AttributeValue = { M: item };
  for (const { path, value } of update.set) {
    const resolved = resolve(value, item);
    if (resolved === undefined)
      throw invalid('The provided expression refers to an attribute that does not exist in the item');
    next = write(next, path, resolved);
  }
  for (const { path, value } of update.add) {
    const old = valueAt(item, path);
    next = write(next, path, added(old, value));
  }
  for (const { path, value } of update.delete) {
    const old = valueAt(item, path);
    if (old === undefined) continue;
    if (typeOf(old) !== typeOf(value))
      throw invalid('An operand in the update expression has an incorrect data type');
    const gone = new Set(payload(value) as string[]);
    const left = (payload(old) as string[]).filter((member) => !gone.has(member));
    next =
      left.length === 0
        ? remove(next, path)
        : write(next, path, { [typeOf(old)]: left } as unknown as AttributeValue);
  }
  // Higher list indexes first, so that removing one does not move another.
  for (const path of [...update.remove].sort((a, b) => Number(b.at(-1)) - Number(a.at(-1)) || 0))
    next = remove(next, path);
  const result = 'M' in next ? next.M : item;
  if (itemSize(result) > 400 * 1024)
    throw invalid('Item size to update has exceeded the maximum allowed size');
  return result;
}

function added(old: AttributeValue | undefined, value: AttributeValue): AttributeValue {
  if ('N' in value) {
    if (old === undefined) return value;
    if (!('N' in old)) throw invalid('An operand in the update expression has an incorrect data type');
    return { N: decimalAdd(old.N, value.N) };
  }
  const type = typeOf(value);
  if (!['SS', 'NS', 'BS'].includes(type) || (old !== undefined && typeOf(old) !== type))
    throw invalid('An operand in the update expression has an incorrect data type');
  return {
    [type]: [
      ...new Set([...(old === undefined ? [] : (payload(old) as string[])), ...(payload(value) as string[])]),
    ],
  } as unknown as AttributeValue;
}

function write(node: AttributeValue, path: DocumentPath, value: AttributeValue): AttributeValue {
  const [head, ...rest] = path;
  if (head === undefined) return value;
  if (typeof head === 'number') {
    if (!('L' in node)) throw invalidPath();
    const items = [...node.L];
    const child = items[head];
    if (rest.length > 0 && child === undefined) throw invalidPath();
    items[Math.min(head, items.length)] =
      rest.length === 0 ? value : write(child as AttributeValue, rest, value);
    return { L: items };
  }
  if (!('M' in node)) throw invalidPath();
  const child = member(node.M, head);
  if (rest.length > 0 && child === undefined) throw invalidPath();
  return {
    M: { ...node.M, [head]: rest.length === 0 ? value : write(child as AttributeValue, rest, value) },
  };
}

function remove(node: AttributeValue, path: DocumentPath): AttributeValue {
  const [head, ...rest] = path;
  if (typeof head === 'number') {
    if (!('L' in node)) return node;
    const child = node.L[head];
    if (rest.length === 0) return { L: node.L.filter((_, i) => i !== head) };
    return child === undefined
      ? node
      : { L: node.L.map((item, i) => (i === head ? remove(item, rest) : item)) };
  }
  if (head === undefined || !('M' in node)) return node;
  const child = member(node.M, head);
  if (child === undefined) return node;
  if (rest.length > 0) return { M: { ...node.M, [head]: remove(child, rest) } };
  const { [head]: _gone, ...kept } = node.M;
  return { M: kept };
}

function invalidPath() {
  return invalid('The document path provided in the update expression is invalid for update');
}

/** Only the named places of an item. */
export function project(item: Item, paths: readonly DocumentPath[]): Item {
  let result: AttributeValue = { M: {} };
  for (const path of paths) {
    const value = valueAt(item, path);
    if (value !== undefined) result = graft(result, path, value);
  }
  return 'M' in result ? result.M : {};
}

function graft(node: AttributeValue, path: DocumentPath, value: AttributeValue): AttributeValue {
  const [head, ...rest] = path;
  if (head === undefined) return value;
  if (typeof head === 'number') {
    const items = 'L' in node ? node.L : [];
    return { L: [...items, graft(typeof rest[0] === 'number' ? { L: [] } : { M: {} }, rest, value)] };
  }
  const fields = 'M' in node ? node.M : {};
  return {
    M: {
      ...fields,
      [head]: graft(
        member(fields, head) ?? (typeof rest[0] === 'number' ? { L: [] } : { M: {} }),
        rest,
        value,
      ),
    },
  };
}
