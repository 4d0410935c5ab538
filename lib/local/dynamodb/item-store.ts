/**
 * Items and their index entries in LMDB. Everything one operation changes goes in one LMDB transaction,
 * so that a kill leaves no item without its index entries and no half of a transaction.
 */
import type { Database, RootDatabase } from 'lmdb';
import { itemSize, type Item } from './attribute-value';
import type { DocumentPath } from './expression-parser';
import { partReader, type ItemParts } from './stored-item';
import { itemKey, type IndexDefinition, type TableDefinition } from './table';

type Key = string[];

/** Sorts after every key that begins with the same parts: no text has this character. */
const END = '\u{10ffff}';

export interface RangeOptions {
  readonly reverse: boolean;
  /** Only what comes behind this key. */
  readonly from?: Key | undefined;
  /** Nothing before this one is wanted, in the direction that is read in. */
  readonly at?: Key | undefined;
}

export interface PartOfItem extends ItemParts {
  /** As it is stored; for `itemOf`. @default `item` is the whole of it */
  readonly stored?: Buffer;
}

interface Waiting {
  readonly work: () => void;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export class ItemStore {
  private readonly items: Database<Item, Key>;
  /** The same as it is stored. */
  private readonly stored: Database<Buffer, Key>;
  private readonly entries: Database<Key, Key>;
  readonly tables: Database<TableDefinition, string>;
  private readonly waiting: Waiting[] = [];

  /** @param now milliseconds since 1970, by which items expire */
  constructor(
    private readonly root: RootDatabase,
    private readonly now: () => number = Date.now,
  ) {
    this.items = root.openDB({ name: 'dynamodb.items', encoding: 'json' });
    this.stored = root.openDB({ name: 'dynamodb.items', encoding: 'binary' });
    this.entries = root.openDB({ name: 'dynamodb.indexes', encoding: 'json' });
    this.tables = root.openDB({ name: 'dynamodb.tables', encoding: 'json' });
  }

  transaction<T>(work: () => T): T {
    return this.root.transactionSync(work);
  }

  /**
   * The same for writes that nothing is asked of, with all others that come in the same turn: one flush of the disk for all of
   * them. It is done when the promise is kept.
   */
  async together(work: () => void): Promise<void> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ work, resolve, reject });
      if (this.waiting.length === 1) setImmediate(() => this.flush());
    });
  }

  private flush(): void {
    const waiting = this.waiting.splice(0);
    try {
      this.transaction(() => {
        for (const { work } of waiting) work();
      });
    } catch (error) {
      for (const { reject } of waiting) reject(error);
      return;
    }
    for (const { resolve } of waiting) resolve();
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
    options: RangeOptions,
  ): Generator<Item> {
    if (index === undefined) {
      for (const { value } of this.items.getRange(boundsOf([table.name], prefix, options)))
        if (!this.expired(table, value)) yield value;
      return;
    }
    for (const { value } of this.entries.getRange(boundsOf([table.name, index.name], prefix, options))) {
      const item = this.get(table, value);
      if (item !== undefined) yield item;
    }
  }

  /** The same of a table, of each item only the places that are named, with its size and a way to the whole of it. */
  *parts(
    table: TableDefinition,
    prefix: Key,
    paths: readonly DocumentPath[],
    options: RangeOptions,
  ): Generator<PartOfItem> {
    const read = partReader(table.ttlAttribute === undefined ? paths : [...paths, [table.ttlAttribute]]);
    for (const { value } of this.stored.getRange(boundsOf([table.name], prefix, options))) {
      const found = read(value) ?? wholeItem(itemOf(value));
      if (!this.expired(table, found.item)) yield { item: found.item, size: found.size, stored: value };
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

export function itemOf(stored: Buffer): Item {
  return JSON.parse(stored.toString('utf8')) as Item;
}

function wholeItem(item: Item): ItemParts {
  return { item, size: itemSize(item) };
}

function boundsOf(place: readonly string[], prefix: Key, { reverse, from, at }: RangeOptions): object {
  const [first, last] = [
    [...place, ...prefix],
    [...place, ...prefix, END],
  ];
  const behind = from ?? at;
  const start = behind === undefined ? (reverse ? last : first) : [...place, ...behind];
  return { start, end: reverse ? first : last, reverse, exclusiveStart: from !== undefined };
}
