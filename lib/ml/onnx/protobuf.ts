/** The part of the protobuf wire format that ONNX needs. https://protobuf.dev/programming-guides/encoding/ */
export class ProtoWriter {
  private buffer = Buffer.allocUnsafe(1024);
  private at = 0;

  /** @param value a whole number of at most 53 bits */
  int(field: number, value: number): this {
    this.varint(field << 3);
    this.value(value);
    return this;
  }

  float(field: number, value: number): this {
    this.varint((field << 3) | 5);
    this.reserve(4);
    this.buffer.writeFloatLE(value, this.at);
    this.at += 4;
    return this;
  }

  bytes(field: number, value: Uint8Array | string): this {
    const bytes = typeof value === 'string' ? Buffer.from(value) : value;
    this.varint((field << 3) | 2);
    this.varint(bytes.length);
    this.reserve(bytes.length);
    this.buffer.set(bytes, this.at);
    this.at += bytes.length;
    return this;
  }

  /** All values in one field, which readers take as they take one field for each. */
  packedFloats(field: number, values: readonly number[]): this {
    const bytes = Buffer.allocUnsafe(values.length * 4);
    values.forEach((value, i) => bytes.writeFloatLE(value, i * 4));
    return this.bytes(field, bytes);
  }

  packedDoubles(field: number, values: readonly number[]): this {
    const bytes = Buffer.allocUnsafe(values.length * 8);
    values.forEach((value, i) => bytes.writeDoubleLE(value, i * 8));
    return this.bytes(field, bytes);
  }

  /** @param values whole numbers of at most 53 bits */
  packedInts(field: number, values: readonly number[]): this {
    const inner = new ProtoWriter();
    for (const value of values) inner.value(value);
    return this.bytes(field, inner.finish());
  }

  message(field: number, write: (inner: ProtoWriter) => unknown): this {
    const inner = new ProtoWriter();
    write(inner);
    return this.bytes(field, inner.finish());
  }

  finish(): Buffer {
    return this.buffer.subarray(0, this.at);
  }

  private value(value: number): void {
    if (value >= 0) return this.varint(value);
    let rest = BigInt.asUintN(64, BigInt(value));
    for (; rest > 0x7fn; rest >>= 7n) this.byte(Number(rest & 0x7fn) | 0x80);
    this.byte(Number(rest));
  }

  private varint(value: number): void {
    let rest = value;
    for (; rest > 0x7f; rest = Math.floor(rest / 128)) this.byte((rest % 128) | 0x80);
    this.byte(rest);
  }

  private byte(value: number): void {
    this.reserve(1);
    this.buffer[this.at++] = value;
  }

  private reserve(more: number): void {
    if (this.at + more <= this.buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.at + more, this.buffer.length * 2));
    larger.set(this.buffer.subarray(0, this.at));
    this.buffer = larger;
  }
}

export interface ProtoField {
  readonly field: number;
  /** 0: varint, 1: eight bytes, 2: as many bytes as it says, 5: four bytes. */
  readonly wire: number;
  /** Of varints, signed as int64. */
  readonly int: number;
  /** Of all others. */
  readonly bytes: Buffer;
}

const NOTHING = Buffer.alloc(0);

/** The fields of a message in order. @throws Error when the bytes are no message */
export function readProto(buffer: Buffer): ProtoField[] {
  const fields: ProtoField[] = [];
  const cursor = { at: 0 };
  while (cursor.at < buffer.length) {
    const key = readVarint(buffer, cursor);
    const field = key >> 3;
    const wire = key & 7;
    if (wire === 0) fields.push({ field, wire, int: readVarint(buffer, cursor), bytes: NOTHING });
    else {
      const length = wire === 5 ? 4 : wire === 1 ? 8 : readVarint(buffer, cursor);
      const from = cursor.at;
      if (!(length >= 0 && from + length <= buffer.length)) throw new Error('The ONNX file is cut short.');
      fields.push({ field, wire, int: 0, bytes: buffer.subarray(from, from + length) });
      cursor.at += length;
    }
  }
  return fields;
}

/** The numbers of a repeated field, packed or each by itself. */
export function floatsOf(fields: readonly ProtoField[]): number[] {
  const values: number[] = [];
  for (const { bytes } of fields)
    for (let at = 0; at + 4 <= bytes.length; at += 4) values.push(bytes.readFloatLE(at));
  return values;
}

/** The numbers of a repeated field, packed or each by itself. */
export function intsOf(fields: readonly ProtoField[]): number[] {
  const values: number[] = [];
  for (const { wire, int, bytes } of fields) {
    if (wire === 0) values.push(int);
    else for (const cursor = { at: 0 }; cursor.at < bytes.length;) values.push(readVarint(bytes, cursor));
  }
  return values;
}

function readVarint(buffer: Buffer, cursor: { at: number }): number {
  const start = cursor.at;
  let value = 0;
  for (let factor = 1; ; factor *= 128) {
    const byte = buffer[cursor.at++];
    if (byte === undefined) throw new Error('The ONNX file is cut short.');
    value += (byte & 0x7f) * factor;
    if (byte < 0x80) break;
  }
  return cursor.at - start < 8 ? value : long(buffer.subarray(start, cursor.at));
}

function long(bytes: Buffer): number {
  let value = 0n;
  bytes.forEach((byte, i) => (value |= BigInt(byte & 0x7f) << BigInt(7 * i)));
  return Number(BigInt.asIntN(64, value));
}
