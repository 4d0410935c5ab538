/** Short names for the attributes of ONNX nodes, and for the nodes of its machine-learning operators. */
import type { AttributeValue, Node } from './model';

export const float = (value: number): AttributeValue => ({ kind: 'float', value });
export const int = (value: number): AttributeValue => ({ kind: 'int', value });
export const string = (value: string): AttributeValue => ({ kind: 'string', value });
export const floats = (value: readonly number[]): AttributeValue => ({ kind: 'floats', value });
export const ints = (value: readonly number[]): AttributeValue => ({ kind: 'ints', value });
export const strings = (value: readonly string[]): AttributeValue => ({ kind: 'strings', value });

export function mlNode(
  op: string,
  inputs: readonly string[],
  outputs: readonly string[],
  attributes: Readonly<Record<string, AttributeValue>>,
): Node {
  return { op, domain: 'ai.onnx.ml', inputs, outputs, attributes };
}

export function coreNode(
  op: string,
  inputs: readonly string[],
  output: string,
  attributes: Readonly<Record<string, AttributeValue>> = {},
): Node {
  return { op, domain: '', inputs, outputs: [output], attributes };
}
