export interface CloudObject {
  readonly bucket: string;
  readonly name: string;
  readonly bytes: number;
  /** ISO instant. */
  readonly updatedAt: string;
  readonly etag: string;
  /** Version of the content, decimal; '' where a listing does not tell it. */
  readonly generation: string;
}

export interface GoogleCloudStorage {
  /** Nothing when there is no such object. */
  head(name: string, bucket?: string): Promise<CloudObject | undefined>;
  /** Objects whose names begin so, at most 1,000. */
  list(prefix: string, bucket?: string): Promise<readonly CloudObject[]>;
  /** @param generation of the content @default the newest */
  read(name: string, bucket?: string, generation?: string): Promise<Uint8Array>;
  write(name: string, content: string | Uint8Array, bucket?: string): Promise<void>;
}
