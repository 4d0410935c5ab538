/** The graph in an ONNX file, whoever made it. Field numbers from onnx.proto. */
import { InvalidModel } from './invalid-model';
import { ATTRIBUTE, type AttributeValue, type Node, type Tensor } from './model';
import { floatsOf, intsOf, readProto, type ProtoField } from './protobuf';

export interface GraphInput {
  readonly name: string;
  readonly type: 'float' | 'int64' | 'string';
  /** Columns; `null` for a vector or where the file does not say. */
  readonly width: number | null;
}

export interface OnnxFile {
  readonly producer: string;
  /** Of the graph; ours have that of the algorithm. */
  readonly name: string;
  /** Version of each set of operators, by domain; '' is ai.onnx. */
  readonly opsets: Readonly<Record<string, number>>;
  readonly nodes: readonly Node[];
  readonly constants: ReadonlyMap<string, Tensor>;
  /** Without those that have a constant. */
  readonly inputs: readonly GraphInput[];
  readonly outputs: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
}

/** The newest format that is known. */
const MAX_IR_VERSION = 13;

/** @throws InvalidModel when the bytes are no ONNX file, cut short, or of a newer format */
export function readOnnx(bytes: Uint8Array): OnnxFile {
  try {
    return read(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  } catch (cause) {
    if (cause instanceof InvalidModel) throw cause;
    throw new InvalidModel(
      `The model file of ${bytes.length} bytes cannot be read as ONNX: ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    );
  }
}

function read(bytes: Buffer): OnnxFile {
  const fields = readProto(bytes);
  const of = (field: number) => fields.filter((entry) => entry.field === field);
  const version = of(1)[0]?.int ?? 0;
  const graph = of(7)[0];
  if (version < 1 || graph === undefined)
    throw new InvalidModel(`The model file of ${bytes.length} bytes is no ONNX file: it has no graph.`);
  if (version > MAX_IR_VERSION)
    throw new InvalidModel(
      `The model file has ONNX's format ${version}; ${MAX_IR_VERSION} is the newest that is read here. Export it for an older one.`,
    );
  const opsets: Record<string, number> = {};
  for (const { bytes: part } of of(8)) {
    const inner = readProto(part);
    const domain = textOf(inner, 1);
    opsets[domain === 'ai.onnx' ? '' : domain] = inner.find(({ field }) => field === 2)?.int ?? 1;
  }
  const metadata = Object.fromEntries(
    of(14).map(({ bytes: part }) => {
      const inner = readProto(part);
      return [textOf(inner, 1), textOf(inner, 2)];
    }),
  );
  const parts = readProto(graph.bytes);
  const each = (field: number) => parts.filter((entry) => entry.field === field);
  const constants = new Map(
    each(5).map(({ bytes: part }) => [textOf(readProto(part), 8), readTensor(part)] as const),
  );
  return {
    producer: textOf(fields, 2),
    name: textOf(parts, 2),
    opsets,
    metadata,
    constants,
    nodes: each(1).map(({ bytes: part }) => readNode(part)),
    inputs: each(11)
      .map(({ bytes: part }) => readInput(part))
      .filter(({ name }) => !constants.has(name)),
    outputs: each(12).map(({ bytes: part }) => textOf(readProto(part), 1)),
  };
}

function readNode(bytes: Buffer): Node {
  const fields = readProto(bytes);
  const textsOf = (field: number) =>
    fields.filter((entry) => entry.field === field).map((entry) => entry.bytes.toString('utf8'));
  const domain = textOf(fields, 7);
  return {
    op: textOf(fields, 4),
    domain: domain === 'ai.onnx.ml' || domain === 'com.microsoft' ? domain : '',
    inputs: textsOf(1),
    outputs: textsOf(2),
    attributes: Object.fromEntries(
      fields.filter(({ field }) => field === 5).map(({ bytes: part }) => readAttribute(part)),
    ),
  };
}

function readAttribute(bytes: Buffer): [string, AttributeValue] {
  const fields = readProto(bytes);
  const of = (field: number) => fields.filter((entry) => entry.field === field);
  const name = textOf(fields, 1);
  const type = of(20)[0]?.int ?? 0;
  const kind = (Object.keys(ATTRIBUTE) as (keyof typeof ATTRIBUTE)[]).find(
    (candidate) => ATTRIBUTE[candidate][1] === type,
  );
  if (kind === undefined)
    throw new InvalidModel(`The attribute '${name}' is of type ${type}, which is not read here.`);
  const values = of(ATTRIBUTE[kind][0]);
  switch (kind) {
    case 'float':
      return [name, { kind, value: floatsOf(values)[0] ?? 0 }];
    case 'int':
      return [name, { kind, value: intsOf(values)[0] ?? 0 }];
    case 'string':
      return [name, { kind, value: values[0]?.bytes.toString('utf8') ?? '' }];
    case 'floats':
      return [name, { kind, value: floatsOf(values) }];
    case 'ints':
      return [name, { kind, value: intsOf(values) }];
    case 'strings':
      return [name, { kind, value: values.map((entry) => entry.bytes.toString('utf8')) }];
    case 'tensor':
      return [name, readTensor(values[0]?.bytes ?? Buffer.alloc(0))];
  }
}

function readTensor(bytes: Buffer): Tensor {
  const fields = readProto(bytes);
  const of = (field: number) => fields.filter((entry) => entry.field === field);
  const dims = intsOf(of(1));
  const type = of(2)[0]?.int ?? 0;
  const raw = of(9)[0]?.bytes;
  const tensor = (data: readonly number[] | readonly string[]): Tensor => ({ kind: 'tensor', dims, data });
  if (type === 8) return tensor(of(6).map((entry) => entry.bytes.toString('utf8')));
  if (raw !== undefined) return tensor(rawNumbers(raw, type));
  if (type === 1) return tensor(floatsOf(of(4)));
  if (type === 7) return tensor(intsOf(of(7)));
  if (type === 11) return tensor(of(10).flatMap((entry) => rawNumbers(entry.bytes, 11)));
  return tensor(intsOf(of(5)));
}

function rawNumbers(bytes: Buffer, type: number): number[] {
  const every = (size: number, at: (offset: number) => number) =>
    Array.from({ length: Math.floor(bytes.length / size) }, (_, i) => at(i * size));
  switch (type) {
    case 1:
      return every(4, (offset) => bytes.readFloatLE(offset));
    case 6:
      return every(4, (offset) => bytes.readInt32LE(offset));
    case 7:
      return every(8, (offset) => Number(bytes.readBigInt64LE(offset)));
    case 11:
      return every(8, (offset) => bytes.readDoubleLE(offset));
    case 2:
    case 9:
      return [...bytes];
    case 3:
      return every(1, (offset) => bytes.readInt8(offset));
    default:
      throw new InvalidModel(`A tensor of the file has elements of type ${type}, which are not read here.`);
  }
}

const ELEMENTS: Readonly<Record<number, GraphInput['type']>> = {
  1: 'float',
  11: 'float',
  6: 'int64',
  7: 'int64',
  8: 'string',
  9: 'int64',
};

function readInput(bytes: Buffer): GraphInput {
  const fields = readProto(bytes);
  const inner = (parts: readonly ProtoField[], field: number) => {
    const found = parts.find((entry) => entry.field === field);
    return found === undefined ? [] : readProto(found.bytes);
  };
  const tensor = inner(inner(fields, 2), 1);
  const dims = inner(tensor, 2).map(
    (dim) => readProto(dim.bytes).find(({ field }) => field === 1)?.int ?? null,
  );
  const element = tensor.find(({ field }) => field === 1)?.int ?? 0;
  const type = ELEMENTS[element];
  const name = textOf(fields, 1);
  if (type === undefined)
    throw new InvalidModel(
      `The input '${name}' has elements of type ${element}; only numbers and texts are read here.`,
    );
  return { name, type, width: dims.length < 2 ? null : (dims.at(-1) ?? null) };
}

function textOf(fields: readonly ProtoField[], field: number): string {
  return fields.find((entry) => entry.field === field)?.bytes.toString('utf8') ?? '';
}
