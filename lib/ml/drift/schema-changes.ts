import type { Column } from '../../tasks/dataset';
import type { SchemaChange } from '../../tasks/detect-drift';

/** Columns that were removed, have another type, or were added; integers and numbers are one type. */
export function schemaChangesOf(before: readonly Column[], after: readonly Column[]): SchemaChange[] {
  const now = new Map(after.map(({ name, type }) => [name, type]));
  const known = new Set(before.map(({ name }) => name));
  const alike = (type: string | undefined) => (type === 'integer' ? 'number' : type);
  return [
    ...before.flatMap(({ name, type }): SchemaChange[] => {
      const other = now.get(name);
      if (other === undefined) return [{ column: name, change: 'removed', before: type, after: null }];
      return alike(other) === alike(type)
        ? []
        : [{ column: name, change: 'type', before: type, after: other }];
    }),
    ...after
      .filter(({ name }) => !known.has(name))
      .map(({ name, type }): SchemaChange => ({ column: name, change: 'added', before: null, after: type })),
  ];
}
