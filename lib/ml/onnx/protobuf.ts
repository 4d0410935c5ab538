/** The part of the protobuf wire format that ONNX needs. https://protobuf.dev/programming-guides/encoding/ */
export class ProtoWriter {
  private buffer = Buffer.allocUnsafe(1024);
  private at = 0;

  /** @param value a whole number of at most 53 bits */
  int(field: number, value: number): this {
    this.varint(field << 3);
    if (value >= 0) this.varint(value);
    else {
      let rest = BigInt.asUintN(64, BigInt(value));
      for (; rest > 0x7fn; rest >>= 7n) this.byte(Number(rest & 0x7fn) | 0x80);
      this.byte(Number(rest));
    }
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

  message(field: number, write: (inner: ProtoWriter) => unknown): this {
    const inner = new ProtoWriter();
    write(inner);
    return this.bytes(field, inner.finish());
  }

  finish(): Buffer {
    return this.buffer.subarray(0, this.at);
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
  /** Of varints, signed as int64. */
  readonly int: number;
  /** Of length-delimited and fixed fields. */
  readonly bytes: Buffer;
}

const NOTHING = Buffer.alloc(0);

/** The fields of a message in order. @throws Error when the bytes are no message */
export function readProto(buffer: Buffer): ProtoField[] {
  const fields: ProtoField[] = [];
  let at = 0;
  const next = (): number => {
    let value = 0;
    let factor = 1;
    const start = at;
    for (; ; factor *= 128) {
      const byte = buffer[at++];
      if (byte === undefined) throw new Error('The ONNX file is cut short.');
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) break;
    }
    return at - start < 8 ? value : long(buffer.subarray(start, at));
  };
  while (at < buffer.length) {
    const key = next();
    const field = key >> 3;
    const kind = key & 7;
    if (kind === 0) fields.push({ field, int: next(), bytes: NOTHING });
    else {
      const length = kind === 5 ? 4 : kind === 1 ? 8 : next();
      if (!(length >= 0 && at + length <= buffer.length)) throw new Error('The ONNX file is cut short.');
      fields.push({ field, int: 0, bytes: buffer.subarray(at, at + length) });
      at += length;
    }
  }
  return fields;
}

function long(bytes: Buffer): number {
  let value = 0n;
  bytes.forEach((byte, i) => (value |= BigInt(byte & 0x7f) << BigInt(7 * i)));
  return Number(BigInt.asIntN(64, value));
}
