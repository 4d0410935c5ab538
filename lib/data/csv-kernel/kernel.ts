/** The records of a CSV file by WebAssembly (`source`): half of the time of the same loop in JavaScript. */
import { MODULE } from './module';

/** What is used of the global object, whose types belong to TypeScript's library for browsers. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
};

interface Functions {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  begin(columns: number, tables: number): void;
  take(from: number, end: number): number;
  finish(): number;
}

/** What cells are written with, as bits; digits and the like are 1. */
export const DOT = 2;
export const EXPONENT = 4;
export const OTHER = 8;

const SEPARATOR = 16;
const NEWLINE = 17;
const RETURN = 18;
const QUOTE = 19;

const PAGE = 65_536;
/** Below it are the kernel's own words. */
const TABLES = 4096;

export class CsvKernel {
  private readonly call: Functions;
  private readonly chunk: number;

  /** @param chunk bytes that are given at once, at most */
  constructor(
    private readonly columns: number,
    separator: number,
    chunk: number,
  ) {
    compiled ??= new WebAssembly.Module(Buffer.from(MODULE, 'base64'));
    this.call = new WebAssembly.Instance(compiled).exports as Functions;
    this.chunk = Math.ceil((TABLES + 5 * columns + 16) / PAGE) * PAGE;
    const { memory } = this.call;
    memory.grow(Math.ceil((this.chunk + chunk - memory.buffer.byteLength) / PAGE));
    new Uint8Array(memory.buffer, 0, 256).set(kindsOfBytes(separator));
    this.call.begin(columns, TABLES);
  }

  /** @returns false for a record that does not fit the header */
  take(bytes: Uint8Array): boolean {
    new Uint8Array(this.call.memory.buffer, this.chunk).set(bytes);
    return this.call.take(this.chunk, this.chunk + bytes.length) !== 0;
  }

  /** Ends the last record. @returns `undefined` when that is no whole one */
  finish():
    { readonly rows: number; readonly kinds: Uint8Array; readonly numberLike: Uint32Array } | undefined {
    const { columns, call } = this;
    const rows = call.finish();
    if (rows < 0) return undefined;
    const { buffer } = call.memory;
    return {
      rows,
      kinds: new Uint8Array(buffer, TABLES, columns),
      numberLike: new Uint32Array(buffer, Math.ceil((TABLES + columns + 1) / 4) * 4, columns),
    };
  }
}

let compiled: object | undefined;

function kindsOfBytes(separator: number): Uint8Array {
  const kinds = new Uint8Array(256).fill(OTHER);
  for (const byte of Buffer.from('0123456789+- \t')) kinds[byte] = 1;
  kinds['.'.charCodeAt(0)] = DOT;
  for (const byte of Buffer.from('eE')) kinds[byte] = EXPONENT;
  kinds['"'.charCodeAt(0)] = QUOTE;
  kinds['\r'.charCodeAt(0)] = RETURN;
  kinds['\n'.charCodeAt(0)] = NEWLINE;
  kinds[separator] = SEPARATOR;
  return kinds;
}
