/** Nodes one after the other, each named by its place: for graphs that compute more than they carry over. */
import { coreNode, floats, int } from './attributes';
import type { AttributeValue, Node } from './model';

/** In `TensorProto.DataType`. */
export const TYPE = { float: 1, int64: 7, bool: 9, double: 11 } as const;

export class GraphWriter {
  readonly nodes: Node[] = [];
  private readonly constants = new Map<number, string>();

  /** @param prefix of all names, which makes them its own */
  constructor(private readonly prefix: string) {}

  /** @returns the name of the only output */
  op(
    op: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, AttributeValue>> = {},
    output = this.name(),
  ): string {
    this.nodes.push(coreNode(op, inputs, output, attributes));
    return output;
  }

  cast(input: string, to: keyof typeof TYPE, output = this.name()): string {
    return this.op('Cast', [input], { to: int(TYPE[to]) }, output);
  }

  texts(value: string): string {
    return this.op('Constant', [], { value_strings: { kind: 'strings', value: [value] } });
  }

  /** A double, [1]. */
  number(value: number): string {
    const known = this.constants.get(value);
    if (known !== undefined) return known;
    const name = this.op('Constant', [], {
      value: { kind: 'tensor', doubles: true, dims: [1], data: [value] },
    });
    this.constants.set(value, name);
    return name;
  }

  /** A double without dimensions, as limits are. */
  scalar(value: number): string {
    return this.op('Constant', [], { value: { kind: 'tensor', doubles: true, dims: [], data: [value] } });
  }

  /** Doubles that float32 can say. */
  numbers(values: readonly number[]): string {
    return this.cast(this.op('Constant', [], { value_floats: floats(values) }), 'double');
  }

  add = (a: string, b: string | number): string => this.binary('Add', a, b);
  sub = (a: string, b: string | number): string => this.binary('Sub', a, b);
  mul = (a: string, b: string | number): string => this.binary('Mul', a, b);
  /** The whole part of the quotient, towards −∞. */
  quotient = (a: string, b: string | number): string => this.op('Floor', [this.binary('Div', a, b)]);
  /** From 0 to below `b`. */
  rest = (a: string, b: number): string => this.sub(a, this.mul(this.quotient(a, b), b));
  /** 1 or 0. */
  is = (op: 'Less' | 'GreaterOrEqual' | 'Equal', a: string, b: string | number): string =>
    this.cast(this.binary(op, a, b), 'double');

  binary(op: string, a: string, b: string | number): string {
    return this.op(op, [a, typeof b === 'number' ? this.number(b) : b]);
  }

  private name(): string {
    return `${this.prefix}__${this.nodes.length}`;
  }
}
