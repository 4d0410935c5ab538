/**
 * Reads a CSV file once as bytes: is it UTF-8, are its quotes closed, has every row as many columns as the header? Only
 * says yes or no; who wants to know what is wrong reads it once more with `checkCsv`, which is slower.
 */
import { isUtf8 } from 'node:buffer';
import { createReadStream } from 'node:fs';

const QUOTE = 34;
const NEWLINE = 10;
const RETURN = 13;

export interface ScannedCsv {
  /** Text of the header row. */
  readonly header: string;
  readonly rows: number;
}

/** @param delimiter one ASCII character @returns `undefined` for a file with a fault, or without rows */
export async function scanCsv(path: string, delimiter: string): Promise<ScannedCsv | undefined> {
  const separator = delimiter.charCodeAt(0);
  if (separator > 127) return undefined;
  const headerBytes: Buffer[] = [];
  let tail: Buffer = Buffer.alloc(0);
  let quoted = false;
  let afterQuote = false;
  /** Nothing of the cell was seen yet, or of the record. */
  let cellEmpty = true;
  let blank = true;
  let columns = 1;
  let expected = 0;
  let rows = 0;
  let header: string | undefined;
  let first = true;
  /** @returns false when the record does not fit the header */
  const endRecord = (): boolean => {
    const fits = blank || header === undefined || columns === expected;
    if (!blank && header !== undefined) rows++;
    if (header === undefined) expected = columns;
    columns = 1;
    cellEmpty = true;
    blank = true;
    afterQuote = false;
    return fits;
  };
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
    const bytes = chunk as Buffer;
    if (first) {
      first = false;
      if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff))
        return undefined;
    }
    const joined: Buffer = tail.length === 0 ? bytes : Buffer.concat([tail, bytes]);
    const whole = wholeCharacters(joined);
    if (!isUtf8(joined.subarray(0, whole))) return undefined;
    tail = joined.subarray(whole);
    let headerEnd = header === undefined ? bytes.length : 0;
    for (let i = 0; i < bytes.length; i++) {
      const byte = bytes[i];
      if (quoted) {
        if (byte === QUOTE) {
          quoted = false;
          afterQuote = true;
        } else {
          cellEmpty = false;
          blank = false;
        }
      } else if (byte === QUOTE && (cellEmpty || afterQuote)) {
        if (afterQuote) {
          cellEmpty = false;
          blank = false;
        }
        quoted = true;
        afterQuote = false;
      } else if (byte === separator) {
        columns++;
        blank = false;
        cellEmpty = true;
        afterQuote = false;
      } else if (byte === NEWLINE) {
        if (!endRecord()) return undefined;
        if (header === undefined) {
          headerEnd = i;
          headerBytes.push(bytes.subarray(0, i));
          header = Buffer.concat(headerBytes).toString('utf8');
        }
      } else if (byte !== RETURN) {
        cellEmpty = false;
        blank = false;
      }
    }
    if (header === undefined) headerBytes.push(bytes.subarray(0, headerEnd));
  }
  if (quoted || tail.length > 0 || !endRecord()) return undefined;
  return header === undefined || rows === 0 ? undefined : { header, rows };
}

/** Bytes up to a character that goes on in the next chunk. */
function wholeCharacters(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte < 0x80) return bytes.length;
    if (byte >= 0xc0) {
      const size = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
      return size > back ? bytes.length - back : bytes.length;
    }
  }
  return bytes.length;
}
