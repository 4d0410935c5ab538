/** What a query may cost, counted before it runs; the limits are those of MLflow's server. */
import { Kind, type DocumentNode, type FragmentDefinitionNode, type SelectionSetNode } from 'graphql';

const MAX_DEPTH = 10;
const MAX_SELECTIONS = 1000;
const MAX_ROOT_FIELDS = 10;
const MAX_ALIASES = 10;

/** What is wrong with a document; `undefined` when nothing is. Fragments count wherever they are used. */
export function overLimit(document: DocumentNode): string | undefined {
  const fragments = new Map(
    document.definitions
      .filter((definition) => definition.kind === Kind.FRAGMENT_DEFINITION)
      .map((fragment) => [fragment.name.value, fragment]),
  );
  let selections = 0;
  for (const operation of document.definitions) {
    if (operation.kind !== Kind.OPERATION_DEFINITION) continue;
    const open = [{ sets: [operation.selectionSet], depth: 1 }];
    for (let level = open.pop(); level !== undefined; level = open.pop()) {
      if (level.depth > MAX_DEPTH) return `Query exceeds maximum depth of ${MAX_DEPTH}`;
      const fields = level.sets.flatMap((set) => fieldsOf(set, fragments));
      selections += fields.length;
      if (selections > MAX_SELECTIONS) return `Query exceeds maximum total selections of ${MAX_SELECTIONS}`;
      const aliases = fields.filter((field) => field.alias !== undefined).length;
      if (level.depth === 1 && fields.length > MAX_ROOT_FIELDS)
        return tooMany(fields.length, MAX_ROOT_FIELDS, 'root fields');
      if (aliases > MAX_ALIASES) return tooMany(aliases, MAX_ALIASES, 'aliases');
      for (const { selectionSet } of fields)
        if (selectionSet !== undefined) open.push({ sets: [selectionSet], depth: level.depth + 1 });
    }
  }
  return undefined;
}

/** The fields of one level; a fragment that leads to itself counts once. */
function fieldsOf(set: SelectionSetNode, fragments: ReadonlyMap<string, FragmentDefinitionNode>) {
  const seen = new Set<string>();
  const waiting = [...set.selections];
  const fields = [];
  for (let selection = waiting.pop(); selection !== undefined; selection = waiting.pop()) {
    if (selection.kind === Kind.FIELD) fields.push(selection);
    else if (selection.kind === Kind.INLINE_FRAGMENT) waiting.push(...selection.selectionSet.selections);
    else if (!seen.has(selection.name.value)) {
      seen.add(selection.name.value);
      waiting.push(...(fragments.get(selection.name.value)?.selectionSet.selections ?? []));
    }
  }
  return fields;
}

function tooMany(count: number, limit: number, what: string): string {
  return `GraphQL queries should have at most ${limit} ${what}, got ${count} ${what}.`;
}
