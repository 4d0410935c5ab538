/** Datasets that pipelines have written: `datasets/<pipeline>/<name>/<sha256>.parquet` of the data bucket. */
import { parquetMetadataAsync, parquetSchema, type SchemaElement } from 'hyparquet';
import { s3Client } from '../../aws/clients/s3';
import { resourceNames } from '../../aws/environment';
import { ObjectStore } from '../../aws/object-store';

export interface StoredDataset {
  readonly name: string;
  /** SHA-256 of its content. */
  readonly id: string;
  readonly uri: string;
  readonly bytes: number;
  readonly writtenAt: string;
}

export interface Shape {
  readonly rows: number | null;
  readonly columns: readonly { readonly name: string; readonly type: string }[];
}

const PLACE = /^datasets\/[^/]+\/([^/]+)\/([0-9a-f]{64})\.parquet$/;
/** Pages that are open ask every second; a list is good for so long. */
const FRESH_MS = 15_000;
const NONE: Shape = { rows: null, columns: [] };

const lists = new Map<string, { readonly at: number; readonly found: Promise<StoredDataset[]> }>();
/** A name with a checksum always means the same bytes. */
const shapes = new Map<string, Shape>();
const MAX_SHAPES = 500;

const storeOf = (): ObjectStore => new ObjectStore(s3Client(), resourceNames().bucket);

/** Newest first. @param now milliseconds */
export async function storedDatasets(now: number): Promise<StoredDataset[]> {
  const store = storeOf();
  const known = lists.get(store.bucket);
  if (known !== undefined && now - known.at < FRESH_MS) return known.found;
  const found = listed(store);
  lists.set(store.bucket, { at: now, found });
  found.catch(() => lists.delete(store.bucket));
  return found;
}

async function listed(store: ObjectStore): Promise<StoredDataset[]> {
  const found = (await store.list('datasets/')).flatMap(({ key, bytes, writtenAt }) => {
    const [, name, id] = PLACE.exec(key) ?? [];
    return name === undefined || id === undefined
      ? []
      : [{ name, id, uri: store.uri(key), bytes, writtenAt }];
  });
  return found.sort((a, b) => (a.writtenAt < b.writtenAt ? 1 : -1));
}

/** From the end of the file, without its rows. */
export async function shapeOf({ uri, bytes }: Pick<StoredDataset, 'uri' | 'bytes'>): Promise<Shape> {
  const known = shapes.get(uri);
  if (known !== undefined) return known;
  const store = storeOf();
  const file = {
    byteLength: bytes,
    slice: async (start: number, end = bytes) => {
      const { body } = await store.read(uri, `bytes=${start}-${end - 1}`);
      const chunks: Buffer[] = [];
      for await (const chunk of body) chunks.push(chunk as Buffer);
      return new Uint8Array(Buffer.concat(chunks)).buffer;
    },
  };
  // What is no Parquet file has a place and a checksum, and no more.
  const metadata = await parquetMetadataAsync(file).catch(() => undefined);
  if (metadata === undefined) return NONE;
  const shape = {
    rows: Number(metadata.num_rows),
    columns: parquetSchema(metadata).children.map(({ element }) => ({
      name: element.name,
      type: typeOf(element),
    })),
  };
  shapes.set(uri, shape);
  const [oldest] = shapes.keys();
  if (shapes.size > MAX_SHAPES && oldest !== undefined) shapes.delete(oldest);
  return shape;
}

const TYPES: Readonly<Record<string, string>> = {
  UTF8: 'string',
  STRING: 'string',
  BYTE_ARRAY: 'bytes',
  INT32: 'integer',
  INT64: 'integer',
  FLOAT: 'number',
  DOUBLE: 'number',
};

function typeOf({ type, converted_type: converted, logical_type: logical }: SchemaElement): string {
  const name = logical?.type ?? converted ?? type ?? 'group';
  return TYPES[name] ?? name.toLowerCase();
}
