/** What is known of buckets and objects, in LMDB. Bodies lie in files; an entry is written after its body is in place. */
import type { Database, RootDatabase } from 'lmdb';

export interface BucketEntry {
  readonly name: string;
  readonly versioned: boolean;
  readonly eventBridge: boolean;
  readonly createdAt: number;
}

export interface ObjectEntry {
  readonly bucket: string;
  readonly key: string;
  readonly versionId: string;
  /** File of the body, below the objects directory. */
  readonly body: string;
  readonly size: number;
  /** Quoted, as in headers. */
  readonly etag: string;
  readonly modifiedAt: number;
  readonly contentType: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly sequencer: string;
  readonly deleted?: boolean;
}

const END = '\uffff';

export class ObjectIndex {
  readonly buckets: Database<BucketEntry, string>;
  private readonly current: Database<ObjectEntry, string[]>;
  private readonly versions: Database<ObjectEntry, string[]>;

  constructor(private readonly root: RootDatabase) {
    this.buckets = root.openDB({ name: 's3.buckets', encoding: 'json' });
    this.current = root.openDB({ name: 's3.objects', encoding: 'json' });
    this.versions = root.openDB({ name: 's3.versions', encoding: 'json' });
  }

  get(bucket: string, key: string, versionId?: string): ObjectEntry | undefined {
    return versionId === undefined
      ? this.current.get([bucket, key])
      : this.versions.get([bucket, key, versionId]);
  }

  /** Writes if `check` agrees with what is there now; returns what was replaced. */
  put(
    entry: ObjectEntry,
    versioned: boolean,
    check: (existing: ObjectEntry | undefined) => void,
  ): ObjectEntry | undefined {
    return this.root.transactionSync(() => {
      const existing = this.current.get([entry.bucket, entry.key]);
      check(existing);
      void this.current.put([entry.bucket, entry.key], entry);
      if (versioned) void this.versions.put([entry.bucket, entry.key, entry.versionId], entry);
      return existing;
    });
  }

  remove(bucket: string, key: string): ObjectEntry | undefined {
    return this.root.transactionSync(() => {
      const existing = this.current.get([bucket, key]);
      if (existing !== undefined) void this.current.remove([bucket, key]);
      return existing;
    });
  }

  /** Current objects in key order, from after `after` on. */
  *list(bucket: string, prefix: string, after: string): Generator<ObjectEntry> {
    const start = after > prefix ? [bucket, after] : [bucket, prefix];
    for (const { key, value } of this.current.getRange({ start, end: [bucket, END] })) {
      const name = key[1] ?? '';
      if (!name.startsWith(prefix)) {
        if (name > prefix) return;
        continue;
      }
      if (after !== '' && name <= after) continue;
      yield value;
    }
  }

  /** Files that some entry names. */
  bodies(): Set<string> {
    const found = new Set<string>();
    for (const { value } of this.current.getRange({})) found.add(value.body);
    for (const { value } of this.versions.getRange({})) found.add(value.body);
    return found;
  }
}
