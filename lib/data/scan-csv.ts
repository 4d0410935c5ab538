/**
 * Reads a CSV file once as bytes: is it UTF-8, are its quotes closed, has every row as many columns as the header? And of
 * each column, what its cells are written with. Only says yes or no; who wants to know what is wrong reads it once more
 * with `checkCsv`, which is slower.
 */
import { isUtf8 } from 'node:buffer';
import { createReadStream } from 'node:fs';
import { CsvKernel, DOT, EXPONENT, OTHER } from './csv-kernel/kernel';

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

/** @param delimiter one ASCII character @returns `undefined` for a file with a fault, or without rows */
export async function scanCsv(path: string, delimiter: string): Promise<ScannedCsv | undefined> {
  if (delimiter.charCodeAt(0) > 127) return undefined;
  const scan = new Scan(delimiter.charCodeAt(0));
  let tail: Buffer = Buffer.alloc(0);
  let first = true;
  for await (const chunk of createReadStream(path, { highWaterMark: CHUNK })) {
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

const CHUNK = 1 << 20;

/** The header here, the records by the kernel. */
class Scan {
  private readonly headerBytes: Buffer[] = [];
  private quotes = false;
  private quoted = false;
  private afterQuote = false;
  /** Whether something of the cell of the header was seen. */
  private begun = false;
  private columns = 1;
  private records: { readonly header: string; readonly kernel: CsvKernel } | undefined;

  constructor(private readonly separator: number) {}

  /** @returns false for a fault */
  take(bytes: Buffer): boolean {
    this.quotes ||= bytes.includes(QUOTE);
    const rest = this.records === undefined ? this.takeHeader(bytes) : bytes;
    return this.records?.kernel.take(rest) ?? true;
  }

  finish(): ScannedCsv | undefined {
    const { records, quotes } = this;
    const found = records?.kernel.finish();
    if (records === undefined || found === undefined || found.rows === 0) return undefined;
    const { rows, kinds, numberLike } = found;
    return {
      header: records.header,
      rows,
      quotes,
      columns: Array.from(kinds, (kind, i) => ({
        numberLike: numberLike[i]!,
        fractional: (kind & (DOT | EXPONENT)) !== 0,
        exponents: (kind & EXPONENT) !== 0,
        other: (kind & OTHER) !== 0,
      })),
    };
  }

  /** @returns what follows the header */
  private takeHeader(bytes: Buffer): Buffer {
    for (let i = 0; i < bytes.length; i++) {
      const byte = bytes[i]!;
      if (this.quoted) {
        this.quoted = byte !== QUOTE;
        this.afterQuote = byte === QUOTE;
        this.begun ||= byte !== QUOTE;
      } else if (byte === QUOTE && (!this.begun || this.afterQuote)) {
        this.begun ||= this.afterQuote;
        this.quoted = true;
        this.afterQuote = false;
      } else if (byte === this.separator) {
        this.columns++;
        this.begun = this.afterQuote = false;
      } else if (byte === NEWLINE) {
        this.headerBytes.push(bytes.subarray(0, i));
        const header = Buffer.concat(this.headerBytes).toString('utf8');
        this.records = { header, kernel: new CsvKernel(this.columns, this.separator, CHUNK) };
        return bytes.subarray(i + 1);
      } else if (byte !== RETURN) this.begun = true;
    }
    this.headerBytes.push(bytes);
    return bytes.subarray(bytes.length);
  }
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
