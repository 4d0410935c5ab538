/**
 * An ONNX graph as data, and its bytes: ModelProto with ir version 8, ai.onnx.ml 3 and ai.onnx 17, or 20 where texts are taken
 * apart. Field numbers from onnx.proto.
 */
import { ProtoWriter } from './protobuf';

export type AttributeValue =
  | { readonly kind: 'float'; readonly value: number }
  | { readonly kind: 'int'; readonly value: number }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'floats'; readonly value: readonly number[] }
  | { readonly kind: 'ints'; readonly value: readonly number[] }
  | { readonly kind: 'strings'; readonly value: readonly string[] }
  | Tensor;

/** Numbers or texts, row by row; a single one has no dimensions. */
export interface Tensor {
  readonly kind: 'tensor';
  /** Written with all their digits. @default float32 */
  readonly doubles?: true;
  readonly dims: readonly number[];
  readonly data: readonly number[] | readonly string[];
}

export interface Node {
  readonly op: string;
  /** `com.microsoft`: operators that every build of ONNX Runtime has, though the standard has not. */
  readonly domain: '' | 'ai.onnx.ml' | 'com.microsoft';
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, AttributeValue>>;
}

export interface ValueInfo {
  readonly name: string;
  readonly type: 'float' | 'string' | 'int64';
  /** Columns; rows are free. `null` for a plain vector. */
  readonly width: number | null;
}

export interface OnnxModel {
  readonly name: string;
  readonly nodes: readonly Node[];
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  readonly metadata: Readonly<Record<string, string>>;
}

const ELEMENT = { float: 1, int64: 7, string: 8, double: 11 } as const;
/** Field and type of an attribute of each kind. */
export const ATTRIBUTE = {
  float: [2, 1],
  int: [3, 2],
  string: [4, 3],
  tensor: [5, 4],
  floats: [7, 6],
  ints: [8, 7],
  strings: [9, 8],
} as const;

/** What the files that are written here say they come from. */
export const PRODUCER = 'millrace';

/** Operators of texts, which came with version 20 of ai.onnx. */
const TEXT_OPERATORS: ReadonlySet<string> = new Set(['StringConcat', 'StringSplit', 'RegexFullMatch']);

export function writeOnnx(model: OnnxModel): Buffer {
  const newer = model.nodes.some(({ op, domain }) => domain === '' && TEXT_OPERATORS.has(op));
  const writer = new ProtoWriter().int(1, 8).bytes(2, PRODUCER);
  writer.message(7, (graph) => {
    for (const node of model.nodes) {
      graph.message(1, (proto) => {
        for (const input of node.inputs) proto.bytes(1, input);
        for (const output of node.outputs) proto.bytes(2, output);
        proto.bytes(3, `${node.op}_${node.outputs[0] ?? ''}`).bytes(4, node.op);
        for (const [name, value] of Object.entries(newer ? asOfTwenty(node) : node.attributes))
          proto.message(5, (attribute) => writeAttribute(attribute, name, value));
        if (node.domain !== '') proto.bytes(7, node.domain);
      });
    }
    graph.bytes(2, model.name);
    for (const input of model.inputs) graph.message(11, (info) => writeInfo(info, input));
    for (const output of model.outputs) graph.message(12, (info) => writeInfo(info, output));
  });
  writer.message(8, (opset) => opset.bytes(1, '').int(2, newer ? 20 : 17));
  writer.message(8, (opset) => opset.bytes(1, 'ai.onnx.ml').int(2, 3));
  if (model.nodes.some(({ domain }) => domain === 'com.microsoft'))
    writer.message(8, (opset) => opset.bytes(1, 'com.microsoft').int(2, 1));
  for (const [key, value] of Object.entries(model.metadata))
    writer.message(14, (entry) => entry.bytes(1, key).bytes(2, value));
  return writer.finish();
}

/** From version 18 on an equal split says into how many parts. */
function asOfTwenty({ op, inputs, outputs, attributes }: Node): Node['attributes'] {
  if (op !== 'Split' || inputs.length > 1) return attributes;
  return { ...attributes, num_outputs: { kind: 'int', value: outputs.length } };
}

function writeAttribute(proto: ProtoWriter, name: string, attribute: AttributeValue): void {
  const [field, type] = ATTRIBUTE[attribute.kind];
  proto.bytes(1, name);
  switch (attribute.kind) {
    case 'float':
      proto.float(field, attribute.value);
      break;
    case 'int':
      proto.int(field, attribute.value);
      break;
    case 'string':
      proto.bytes(field, attribute.value);
      break;
    case 'floats':
      proto.packedFloats(field, attribute.value);
      break;
    case 'ints':
      proto.packedInts(field, attribute.value);
      break;
    case 'strings':
      for (const value of attribute.value) proto.bytes(field, value);
      break;
    case 'tensor':
      proto.message(field, (tensor) => writeTensor(tensor, attribute));
  }
  proto.int(20, type);
}

function writeTensor(proto: ProtoWriter, { dims, data, doubles }: Tensor): void {
  proto.packedInts(1, dims);
  const texts = data.filter((value) => typeof value === 'string');
  if (texts.length > 0) for (const text of texts) proto.bytes(6, text);
  else if (doubles === true) proto.packedDoubles(10, data as readonly number[]);
  else proto.packedFloats(4, data as readonly number[]);
  proto.int(2, texts.length > 0 ? ELEMENT.string : doubles === true ? ELEMENT.double : ELEMENT.float);
}

function writeInfo(proto: ProtoWriter, info: ValueInfo): void {
  proto.bytes(1, info.name).message(2, (type) =>
    type.message(1, (tensor) =>
      tensor.int(1, ELEMENT[info.type]).message(2, (shape) => {
        shape.message(1, (dimension) => dimension.bytes(2, 'rows'));
        if (info.width !== null) shape.message(1, (dimension) => dimension.int(1, info.width ?? 1));
      }),
    ),
  );
}
