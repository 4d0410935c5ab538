/** Buckets and their settings. */
import type { RootDatabase } from 'lmdb';
import { AwsError } from '../service';
import type { BucketEntry, ObjectIndex } from './object-index';

export class Buckets {
  constructor(
    private readonly root: RootDatabase,
    private readonly index: ObjectIndex,
  ) {}

  all(): BucketEntry[] {
    return [...this.index.buckets.getRange({})].map(({ value }) => value);
  }

  has(name: string): boolean {
    return this.index.buckets.get(name) !== undefined;
  }

  /** @throws AwsError NoSuchBucket */
  require(name: string): BucketEntry {
    const found = this.index.buckets.get(name);
    if (found === undefined)
      throw new AwsError('NoSuchBucket', `The specified bucket does not exist: ${name}`, 404);
    return found;
  }

  /** Makes a bucket, or gives one other settings. */
  create(name: string, settings: Pick<BucketEntry, 'versioned' | 'eventBridge'>): void {
    const { versioned, eventBridge } = settings;
    const createdAt = this.index.buckets.get(name)?.createdAt ?? Date.now();
    const entry = { name, versioned, eventBridge, createdAt };
    this.root.transactionSync(() => void this.index.buckets.put(name, entry));
  }

  remove(name: string): void {
    this.root.transactionSync(() => void this.index.buckets.remove(name));
  }
}
