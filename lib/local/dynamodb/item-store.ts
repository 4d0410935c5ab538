/**
 * Items and their index entries in LMDB. Everything one operation changes goes in one LMDB transaction,
 * so that a kill leaves no item without its index entries and no half of a transaction.
 */
import type { Database, RootDatabase } from 'lmdb';
import type { Item } from './attribute-value';
import { itemKey, type IndexDefinition, type TableDefinition } from './table';

type Key = string[];

/** Sorts after every key that begins with the same parts. */
const END = '\uffff';

export class ItemStore {
  private readonly items: Database<Item, Key>;
  private readonly entries: Database<Key, Key>;
  readonly tables: Database<TableDefinition, string>;

  /** @param now milliseconds since 1970, by which items expire */
  constructor(
    private readonly root: RootDatabase,
    private readonly now: () => number = Date.now,
  ) {
    this.items = root.openDB({ name: 'dynamodb.items', encoding: 'json' });
    this.entries = root.openDB({ name: 'dynamodb.indexes', encoding: 'json' });
    this.tables = root.openDB({ name: 'dynamodb.tables', encoding: 'json' });
  }

  transaction<T>(work: () => T): T {
    return this.root.transactionSync(work);
  }

  get(table: TableDefinition, key: Key): Item | undefined {
    const item = this.items.get([table.name, ...key]);
    return item === undefined || this.expired(table, item) ? undefined : item;
  }

  put(table: TableDefinition, key: Key, item: Item): void {
    this.unindex(table, key);
    void this.items.put([table.name, ...key], item);
    for (const index of table.indexes) {
      const entry = itemKey(table, index, item);
      if (entry !== undefined) void this.entries.put([table.name, index.name, ...entry, ...key], key);
    }
  }

  delete(table: TableDefinition, key: Key): void {
    this.unindex(table, key);
    void this.items.remove([table.name, ...key]);
  }

  private unindex(table: TableDefinition, key: Key): void {
    if (table.indexes.length === 0) return;
    const old = this.items.get([table.name, ...key]);
    if (old === undefined) return;
    for (const index of table.indexes) {
      const entry = itemKey(table, index, old);
      if (entry !== undefined) void this.entries.remove([table.name, index.name, ...entry, ...key]);
    }
  }

  /** Items below a key prefix in key order, from after `from` on when that is given. */
  *range(
    table: TableDefinition,
    index: IndexDefinition | undefined,
    prefix: Key,
    options: { readonly reverse: boolean; readonly from?: Key | undefined },
  ): Generator<Item> {
    const base = index === undefined ? [table.name, ...prefix] : [table.name, index.name, ...prefix];
    const from =
      options.from === undefined
        ? undefined
        : index === undefined
          ? [table.name, ...options.from]
          : [table.name, index.name, ...options.from];
    const bounds = options.reverse
      ? { start: from ?? [...base, END], end: base, reverse: true, exclusiveStart: from !== undefined }
      : { start: from ?? base, end: [...base, END], exclusiveStart: from !== undefined };
    if (index === undefined) {
      for (const { value } of this.items.getRange(bounds)) if (!this.expired(table, value)) yield value;
      return;
    }
    for (const { value } of this.entries.getRange(bounds)) {
      const item = this.get(table, value);
      if (item !== undefined) yield item;
    }
  }

  /** Removes a table with all its items. */
  drop(table: TableDefinition): void {
    this.transaction(() => {
      for (const { key } of this.items.getRange({ start: [table.name], end: [table.name, END] }))
        void this.items.remove(key);
      for (const { key } of this.entries.getRange({ start: [table.name], end: [table.name, END] }))
        void this.entries.remove(key);
      void this.tables.remove(table.name);
    });
  }

  private expired(table: TableDefinition, item: Item): boolean {
    const value = table.ttlAttribute === undefined ? undefined : item[table.ttlAttribute];
    return value !== undefined && 'N' in value && Number(value.N) < this.now() / 1000;
  }
}
