/**
 * A graph as a list of steps over slots. What does not depend on the rows is computed once; nodes that the wanted values do
 * not need are left out.
 */
import { InvalidModel } from '../invalid-model';
import type { Node } from '../model';
import type { OnnxFile } from '../read-model';
import { MATRIX_OPERATORS } from './matrix-operators';
import { ML_OPERATORS } from './ml-operators';
import { NUMBER_OPERATORS } from './number-operators';
import { NEAREST_OPERATORS, withNearestRows } from './nearest-rows';
import type { Operator, Run } from './operator';
import { SHAPE_OPERATORS } from './shape-operators';
import { murmurHash, TEXT_OPERATORS } from './text-operators';
import { TREE_OPERATORS } from './tree-operators';
import { constantOf, type Value } from './value';

const OPERATORS: Readonly<Record<Node['domain'], Readonly<Record<string, Operator>>>> = {
  '': {
    ...SHAPE_OPERATORS,
    ...NUMBER_OPERATORS,
    ...MATRIX_OPERATORS,
    ...TEXT_OPERATORS,
    ...NEAREST_OPERATORS,
  },
  'ai.onnx.ml': { ...ML_OPERATORS, ...TREE_OPERATORS },
  'com.microsoft': { MurmurHash3: murmurHash },
};

interface Step {
  readonly run: Run;
  readonly inputs: Int32Array;
  readonly outputs: Int32Array;
}

/** Computes the wanted values from those of the graph's inputs, in the order of both. */
export type CompiledGraph = (inputs: readonly Value[]) => readonly Value[];

/** @throws InvalidModel for an operator that is not run here, and for a value that no node makes */
export function compileGraph(file: OnnxFile, wanted: readonly string[]): CompiledGraph {
  const slots = new Map<string, number>();
  const slotOf = (name: string) => {
    const slot = slots.get(name) ?? slots.size;
    slots.set(name, slot);
    return slot;
  };
  const template: (Value | undefined)[] = [];
  const inputs = file.inputs.map(({ name }) => slotOf(name));
  const known = new Set(file.inputs.map(({ name }) => name));
  for (const [name, { dims, data }] of file.constants) {
    template[slotOf(name)] = constantOf(dims, data);
    known.add(name);
  }
  const steps: Step[] = [];
  // Vectors of the input, and what only gives them another shape or type: the same column under another name.
  const vectors = new Set(
    file.inputs.filter(({ width }) => width === null || width === 1).map(({ name }) => name),
  );
  const texts = new Set(file.inputs.filter(({ type }) => type === 'string').map(({ name }) => name));
  for (const node of neededNodes(withNearestRows(file.nodes), wanted)) {
    const [source = '', shape] = node.inputs;
    if (
      vectors.has(source) &&
      isRename(node, texts.has(source), shape === undefined ? undefined : template[slotOf(shape)])
    ) {
      const [output = ''] = node.outputs;
      slots.set(output, slotOf(source));
      known.add(output);
      vectors.add(output);
      if (texts.has(source)) texts.add(output);
      continue;
    }
    const operator = OPERATORS[node.domain][node.op];
    if (operator === undefined)
      throw new InvalidModel(
        `The model needs the operator '${node.op}'${node.domain === '' ? '' : ` of ${node.domain}`}, which is not run here. Known are ${Object.keys(OPERATORS[node.domain]).sort().join(', ')}.`,
      );
    const names = node.inputs.map((name) => {
      if (name !== '' && !known.has(name))
        throw new InvalidModel(`The node ${node.op} takes '${name}', which nothing before it makes.`);
      return slotOf(name);
    });
    const constant = (at: number) => {
      const value = names[at] === undefined ? undefined : template[names[at]];
      return value?.constant === true ? value : undefined;
    };
    const run = operator(node, constant);
    const outputs = node.outputs.map(slotOf);
    node.outputs.forEach((name) => known.add(name));
    const values = names.map((_, at) => constant(at));
    if (values.every((value) => value !== undefined))
      run(values).forEach((value, i) => (template[outputs[i]!] = { ...value, constant: true }));
    else steps.push({ run, inputs: Int32Array.from(names), outputs: Int32Array.from(outputs) });
  }
  const results = wanted.map((name) => {
    if (!known.has(name)) throw new InvalidModel(`The model has no value '${name}'.`);
    return slotOf(name);
  });
  const size = slots.size;
  return (given) => {
    const values = template.slice();
    values.length = size;
    given.forEach((value, i) => (values[inputs[i]!] = value));
    for (const step of steps) {
      const taken: Value[] = [];
      for (const slot of step.inputs) if (values[slot] !== undefined) taken.push(values[slot]);
      const made = step.run(taken);
      for (let i = 0; i < made.length; i++) values[step.outputs[i]!] = made[i];
    }
    return results.map((slot) => values[slot]!);
  };
}

/** Whether a node leaves a column of the input as it is, which comes as float32 or text already. */
function isRename({ op, attributes }: Node, isText: boolean, shape: Value | undefined): boolean {
  switch (op) {
    case 'Identity':
    case 'Flatten':
      return true;
    case 'Cast': {
      const { to } = attributes;
      return !isText && to?.kind === 'int' && to.value === 1;
    }
    case 'Reshape': {
      const dims = shape?.kind === 'numbers' ? shape.columns.map((column) => column[0]) : [];
      return dims[0] === -1 && (dims.length === 1 || (dims.length === 2 && dims[1] === 1));
    }
    default:
      return false;
  }
}

/** In their order, which is one in which they can run. */
function neededNodes(nodes: readonly Node[], wanted: readonly string[]): Node[] {
  const needed = new Set(wanted);
  return nodes
    .toReversed()
    .filter(({ inputs, outputs }) => {
      if (!outputs.some((name) => needed.has(name))) return false;
      for (const name of inputs) needed.add(name);
      return true;
    })
    .toReversed();
}
