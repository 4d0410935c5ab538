/**
 * The k nearest training rows in a graph: their distances feature by feature, in doubles and in the order of the features as
 * the model adds them, so that the same rows are the nearest; `TopK` takes the first of rows at the same distance.
 * It holds all training rows, and compares each row with all of them: rows × training rows doubles at a time.
 */
import type { NeighboursModel, NeighboursRegressorModel } from '../nearest-neighbours';
import { int, ints } from './attributes';
import { GraphWriter } from './graph-writer';
import type { Node } from './model';

/** Output `probabilities`, float [rows, classes]. */
export function neighbourClassNodes(model: NeighboursModel): Node[] {
  const g = new GraphWriter('neighbours');
  const { nearest, shares } = nearestOf(g, model);
  const labels = g.op('Constant', [], { value_ints: ints([...model.y]) });
  const codes = g.op('Gather', [labels, nearest], { axis: int(0) });
  const parts = Array.from({ length: model.classes }, (_, c) => {
    const code = g.op('Constant', [], { value_ints: ints([c]) });
    return rowSum(g, g.mul(g.cast(g.op('Equal', [codes, code]), 'double'), shares));
  });
  g.cast(g.op('Concat', parts, { axis: int(1) }), 'float', 'probabilities');
  return g.nodes;
}

/** Output `prediction`, float [rows, 1]. */
export function neighbourNumberNodes(model: NeighboursRegressorModel): Node[] {
  const g = new GraphWriter('neighbours');
  const { nearest, shares } = nearestOf(g, model);
  const values = g.op('Gather', [g.numbers([...model.y]), nearest], { axis: int(0) });
  g.cast(rowSum(g, g.mul(values, shares)), 'float', 'prediction');
  return g.nodes;
}

function nearestOf(
  g: GraphWriter,
  { columns, options }: NeighboursModel | NeighboursRegressorModel,
): { readonly nearest: string; readonly shares: string } {
  const features = columns.map((_, f) => `neighbours__feature_${f}`);
  g.nodes.push({
    op: 'Split',
    domain: '',
    inputs: [g.cast('features', 'double')],
    outputs: features,
    attributes: { axis: int(1) },
  });
  const gaps = columns.map((column, f) => {
    const gap = g.sub(features[f]!, g.numbers([...column]));
    return options.metric === 'manhattan' ? g.op('Abs', [gap]) : g.mul(gap, gap);
  });
  const sums = gaps.reduce((sum, gap) => g.add(sum, gap));
  const [distances, nearest] = ['neighbours__distances', 'neighbours__nearest'];
  g.nodes.push({
    op: 'TopK',
    domain: '',
    inputs: [sums, g.op('Constant', [], { value_ints: ints([options.nNeighbors]) })],
    outputs: [distances, nearest],
    attributes: { axis: int(1), largest: int(0), sorted: int(1) },
  });
  const same = g.is('Equal', distances, 0);
  if (options.weights === 'uniform') {
    // 1 for each of them, whatever the distance.
    const ones = g.add(g.mul(same, 0), 1);
    return { nearest, shares: g.op('Div', [ones, rowSum(g, ones)]) };
  }
  const lengths = options.metric === 'manhattan' ? distances : g.op('Sqrt', [distances]);
  const near = g.op('Div', [g.number(1), lengths]);
  const exact = rowSum(g, same);
  const apart = g.op('Equal', [exact, g.number(0)]);
  const shares = g.op('Where', [apart, g.op('Div', [near, rowSum(g, near)]), g.op('Div', [same, exact])]);
  return { nearest, shares };
}

function rowSum(g: GraphWriter, input: string): string {
  return g.op('ReduceSum', [input, g.op('Constant', [], { value_ints: ints([1]) })], { keepdims: int(1) });
}
