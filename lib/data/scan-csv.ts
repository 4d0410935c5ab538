/**
 * Reads a CSV file once as bytes: is it UTF-8, are its quotes closed, has every row as many columns as the header? And of
 * each column, what its cells are written with. Only says yes or no; who wants to know what is wrong reads it once more
 * with `checkCsv`, which is slower.
 */
import { isUtf8 } from 'node:buffer';
import { createReadStream } from 'node:fs';

const QUOTE = 34;
const NEWLINE = 10;
const RETURN = 13;

export interface ScannedColumn {
  /** Cells of nothing but digits, signs, dots, exponents and spaces. Every cell that is a number is one of them. */
  readonly numberLike: number;
  /** A cell has a dot or the letter of an exponent in it. */
  readonly fractional: boolean;
  /** A cell has the letter of an exponent in it. */
  readonly exponents: boolean;
  /** A cell has anything else in it. */
  readonly other: boolean;
}

export interface ScannedCsv {
  /** Text of the header row. */
  readonly header: string;
  readonly rows: number;
  readonly columns: readonly ScannedColumn[];
  /** A quote is somewhere in the file. */
  readonly quotes: boolean;
}

/** Kinds of bytes, and of the cells that have them. */
const DIGIT = 1;
const DOT = 2;
const EXPONENT = 4;
const OTHER = 8;
/** Ends a cell or stands for nothing: looked at by itself. */
const SPECIAL = 16;

/** @param delimiter one ASCII character @returns `undefined` for a file with a fault, or without rows */
export async function scanCsv(path: string, delimiter: string): Promise<ScannedCsv | undefined> {
  if (delimiter.charCodeAt(0) > 127) return undefined;
  const scan = new Scan(delimiter.charCodeAt(0));
  let tail: Buffer = Buffer.alloc(0);
  let first = true;
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
    if (!scan.take(bytes)) return undefined;
  }
  return tail.length > 0 ? undefined : scan.finish();
}

class Scan {
  private readonly kinds: Uint8Array;
  private readonly headerBytes: Buffer[] = [];
  private header: string | undefined;
  private columns = 0;
  private rows = 0;
  private quotes = false;
  private quoted = false;
  private afterQuote = false;
  /** Nothing of the record was seen yet. */
  private blank = true;
  /** Kinds of bytes in the cell at hand; 0 while nothing of it was seen. */
  private cell = 0;
  private column = 0;
  /** By column. */
  private seen = new Uint8Array();
  private numberLike = new Float64Array();

  constructor(private readonly separator: number) {
    this.kinds = kindsOfBytes(separator);
  }

  /** @returns false for a fault */
  take(bytes: Buffer): boolean {
    const hasQuotes = bytes.includes(QUOTE);
    this.quotes ||= hasQuotes;
    return this.header !== undefined && !hasQuotes && !this.quoted && !this.afterQuote
      ? this.takePlain(bytes)
      : this.takeAny(bytes);
  }

  finish(): ScannedCsv | undefined {
    if (this.quoted || !this.endRecord()) return undefined;
    const { header, rows, quotes, seen, numberLike } = this;
    if (header === undefined || rows === 0) return undefined;
    return {
      header,
      rows,
      quotes,
      columns: Array.from(seen, (kind, i) => ({
        numberLike: numberLike[i]!,
        fractional: (kind & (DOT | EXPONENT)) !== 0,
        exponents: (kind & EXPONENT) !== 0,
        other: (kind & OTHER) !== 0,
      })),
    };
  }

  /** Most chunks, without a quote: what ends a cell is the only thing to look at. */
  private takePlain(bytes: Buffer): boolean {
    const { kinds, separator, columns, seen, numberLike } = this;
    let { cell, column, blank, rows } = this;
    for (let i = 0; i < bytes.length; i++) {
      const kind = kinds[bytes[i]!]!;
      if (kind < SPECIAL) {
        cell |= kind;
        continue;
      }
      const byte = bytes[i];
      if (byte === RETURN) continue;
      if (cell !== 0 || byte === separator) blank = false;
      if (column < columns) {
        seen[column]! |= cell;
        if (cell !== 0 && cell < OTHER) numberLike[column]!++;
      }
      column++;
      cell = 0;
      if (byte === separator) continue;
      if (!blank) {
        if (column !== columns) return false;
        rows++;
      }
      column = 0;
      blank = true;
    }
    if (cell !== 0) blank = false;
    Object.assign(this, { cell, column, blank, rows });
    return true;
  }

  private takeAny(bytes: Buffer): boolean {
    let headerEnd = this.header === undefined ? bytes.length : 0;
    for (let i = 0; i < bytes.length; i++) {
      const byte = bytes[i]!;
      if (this.quoted) {
        if (byte === QUOTE) {
          this.quoted = false;
          this.afterQuote = true;
        } else this.see(this.kinds[byte]!);
      } else if (byte === QUOTE && (this.cell === 0 || this.afterQuote)) {
        if (this.afterQuote) this.see(OTHER);
        this.quoted = true;
        this.afterQuote = false;
      } else if (byte === this.separator) {
        this.blank = false;
        this.endCell();
      } else if (byte === NEWLINE) {
        if (this.header === undefined) {
          headerEnd = i;
          this.headerBytes.push(bytes.subarray(0, i));
        }
        if (!this.endRecord()) return false;
        this.header ??= Buffer.concat(this.headerBytes).toString('utf8');
      } else if (byte !== RETURN) this.see(this.kinds[byte]!);
    }
    if (this.header === undefined) this.headerBytes.push(bytes.subarray(0, headerEnd));
    return true;
  }

  /** @param kind what ends cells elsewhere is a character like others in quotes */
  private see(kind: number): void {
    this.cell |= kind < SPECIAL ? kind : OTHER;
    this.blank = false;
  }

  private endCell(): void {
    const { cell, column } = this;
    if (this.header !== undefined && column < this.columns) {
      this.seen[column]! |= cell;
      if (cell !== 0 && cell < OTHER) this.numberLike[column]!++;
    }
    this.cell = 0;
    this.column++;
    this.afterQuote = false;
  }

  /** @returns false when the record does not fit the header */
  private endRecord(): boolean {
    this.endCell();
    const { blank, column } = this;
    if (this.header === undefined) {
      this.columns = column;
      this.seen = new Uint8Array(column);
      this.numberLike = new Float64Array(column);
    } else if (!blank) {
      if (column !== this.columns) return false;
      this.rows++;
    }
    this.column = 0;
    this.blank = true;
    return true;
  }
}

function kindsOfBytes(separator: number): Uint8Array {
  const kinds = new Uint8Array(256).fill(OTHER);
  for (const byte of Buffer.from('0123456789+- \t')) kinds[byte] = DIGIT;
  kinds['.'.charCodeAt(0)] = DOT;
  for (const byte of Buffer.from('eE')) kinds[byte] = EXPONENT;
  for (const byte of [separator, NEWLINE, RETURN]) kinds[byte] = SPECIAL;
  return kinds;
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
