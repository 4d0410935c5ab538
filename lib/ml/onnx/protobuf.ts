/** The part of the protobuf wire format that ONNX needs. https://protobuf.dev/programming-guides/encoding/ */
export class ProtoWriter {
  private readonly parts: Buffer[] = [];

  int(field: number, value: number | bigint): this {
    this.parts.push(varint(BigInt(field << 3)), varint(BigInt.asUintN(64, BigInt(value))));
    return this;
  }

  float(field: number, value: number): this {
    const bytes = Buffer.alloc(4);
    bytes.writeFloatLE(value);
    this.parts.push(varint(BigInt((field << 3) | 5)), bytes);
    return this;
  }

  bytes(field: number, value: Uint8Array | string): this {
    const bytes = Buffer.from(value as Uint8Array);
    this.parts.push(varint(BigInt((field << 3) | 2)), varint(BigInt(bytes.length)), bytes);
    return this;
  }

  message(field: number, write: (inner: ProtoWriter) => unknown): this {
    const inner = new ProtoWriter();
    write(inner);
    return this.bytes(field, inner.finish());
  }

  finish(): Buffer {
    return Buffer.concat(this.parts);
  }
}

function varint(value: bigint): Buffer {
  const bytes: number[] = [];
  let rest = value;
  do {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    bytes.push(rest === 0n ? low : low | 0x80);
  } while (rest !== 0n);
  return Buffer.from(bytes);
}

export interface ProtoField {
  readonly field: number;
  /** Of varints. */
  readonly int: bigint;
  /** Of length-delimited and fixed fields. */
  readonly bytes: Buffer;
}

/** The fields of a message in order. @throws Error when the bytes are no message */
export function* readProto(buffer: Buffer): Generator<ProtoField> {
  let at = 0;
  const next = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = buffer[at++];
      if (byte === undefined) throw new Error('The ONNX file is cut short.');
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < buffer.length) {
    const key = Number(next());
    const field = key >> 3;
    const kind = key & 7;
    if (kind === 0) yield { field, int: next(), bytes: Buffer.alloc(0) };
    else {
      const length = kind === 5 ? 4 : kind === 1 ? 8 : Number(next());
      if (at + length > buffer.length) throw new Error('The ONNX file is cut short.');
      yield { field, int: 0n, bytes: buffer.subarray(at, at + length) };
      at += length;
    }
  }
}
