/** What an operator is to the runner: prepared once for a node, then run for each batch of rows. */
import { InvalidModel } from '../invalid-model';
import type { AttributeValue, Node } from '../model';
import type { Numbers, TextValue, Value } from './value';

/** @returns the node's outputs in order; those that nobody reads may be left out */
export type Run = (inputs: readonly Value[]) => readonly Value[];

/** @param constant the value of an input that is known already @throws InvalidModel for attributes it does not know */
export type Operator = (node: Node, constant: (input: number) => Value | undefined) => Run;

export function numbersIn(node: Node, inputs: readonly Value[], at: number): Numbers {
  const value = inputs[at];
  if (value?.kind === 'numbers') return value;
  throw new InvalidModel(
    `The node ${nameOf(node)} takes numbers as its input ${at + 1}, and there are ${value === undefined ? 'none' : 'texts'}.`,
  );
}

export function textsIn(node: Node, inputs: readonly Value[], at: number): TextValue {
  const value = inputs[at];
  if (value?.kind === 'texts') return value;
  throw new InvalidModel(
    `The node ${nameOf(node)} takes texts as its input ${at + 1}, and there are ${value === undefined ? 'none' : 'numbers'}.`,
  );
}

export function nameOf(node: Node): string {
  return `${node.op} ('${node.outputs[0] ?? ''}')`;
}

export function unsupported(node: Node, what: string): InvalidModel {
  return new InvalidModel(`The node ${nameOf(node)} has ${what}, which is not run here.`);
}

/** An attribute of numbers, or a single one as a list. */
export function numbers(node: Node, name: string): readonly number[] {
  const attribute: AttributeValue | undefined = node.attributes[name];
  if (attribute?.kind === 'float' || attribute?.kind === 'int') return [attribute.value];
  return attribute?.kind === 'floats' || attribute?.kind === 'ints' ? attribute.value : [];
}

export function number(node: Node, name: string, other: number): number {
  return numbers(node, name)[0] ?? other;
}

export function texts(node: Node, name: string): readonly string[] {
  const attribute = node.attributes[name];
  return attribute?.kind === 'strings' ? attribute.value : [];
}

export function text(node: Node, name: string, other: string): string {
  const attribute = node.attributes[name];
  return attribute?.kind === 'string' ? attribute.value : other;
}
