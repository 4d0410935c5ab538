/** A look at LMDB's file before LMDB maps it: a foreign or cut-off file would end the process with a segmentation fault. */
import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs';

const MAGIC = 0xbeefc0de;
/** Offsets in the first meta page (`MDB_meta` after the page header of 24 bytes, LMDB data format 2). */
const OFFSET = { magic: 24, pageSize: 48, lastPage: 144, end: 152 };

/** Says what is wrong with the file; `undefined` for a sound one and for none. */
export function storeFileFault(file: string): string | undefined {
  if (!existsSync(file)) return undefined;
  const handle = openSync(file, 'r');
  try {
    const { size } = fstatSync(handle);
    if (size === 0) return undefined;
    const meta = Buffer.alloc(OFFSET.end);
    const read = readSync(handle, meta, 0, OFFSET.end, 0);
    if (read < OFFSET.end || meta.readUInt32LE(OFFSET.magic) !== MAGIC) {
      return `${file} is not a store of millrace.`;
    }
    const expected =
      (meta.readBigUInt64LE(OFFSET.lastPage) + 1n) * BigInt(meta.readUInt32LE(OFFSET.pageSize));
    return BigInt(size) < expected
      ? `${file} is cut off: ${size} bytes of at least ${expected} are there.`
      : undefined;
  } finally {
    closeSync(handle);
  }
}
