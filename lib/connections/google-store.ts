export interface CloudObject {
  readonly bucket: string;
  readonly name: string;
  readonly bytes: number;
  /** ISO instant. */
  readonly updatedAt: string;
  readonly etag: string;
}

export interface GoogleCloudStorage {
  /** Nothing when there is no such object. */
  head(name: string, bucket?: string): Promise<CloudObject | undefined>;
  /** Objects whose names begin so, at most 1,000. */
  list(prefix: string, bucket?: string): Promise<readonly CloudObject[]>;
  read(name: string, bucket?: string): Promise<Uint8Array>;
  write(name: string, content: string | Uint8Array, bucket?: string): Promise<void>;
}
