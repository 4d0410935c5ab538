/** The part of an ONNX graph after `features` for models that are made of others. */
import type { CalibratedModel, Calibrator } from '../calibration/calibrated-model';
import type { IsotonicCalibrator } from '../calibration/isotonic';
import type { CompositeClassifier, CompositeRegressor } from '../composite';
import type { StackingModel } from '../ensembles/stacking';
import { coreNode, floats, int, ints } from './attributes';
import { classifierNodes, labelNodes } from './classifier-nodes';
import type { AttributeValue, Node } from './model';
import { regressorNodes } from './regressor-nodes';

export function compositeClassifierNodes(
  model: CompositeClassifier,
  classes: readonly string[],
  width: number,
): Node[] {
  switch (model.algorithm) {
    case 'voting': {
      const members = model.models.map((one, i) => prefixed(classifierNodes(one, classes, width), `m${i}`));
      return [
        ...members.flat(),
        ...weightedSum(
          model.models.map((_, i) => `m${i}__probabilities`),
          model.weights,
          'probabilities',
        ),
        ...labelNodes('probabilities', classes),
      ];
    }
    case 'stacking':
      return stackingNodes(model, classes, width);
    case 'calibrated':
      return calibratedNodes(model, classes, width);
  }
}

export function compositeRegressorNodes(model: CompositeRegressor, width: number): Node[] {
  const members = model.models.flatMap((one, i) => prefixed(regressorNodes(one, width), `m${i}`));
  const outputs = model.models.map((_, i) => `m${i}__prediction`);
  if (model.algorithm === 'voting-regressor')
    return [...members, ...weightedSum(outputs, model.weights, 'prediction')];
  return [
    ...members,
    coreNode('Concat', outputs, 'stacked', { axis: int(1) }),
    ...renamed(regressorNodes(model.last, outputs.length), (name) =>
      name === 'features' ? 'stacked' : name,
    ),
  ];
}

function stackingNodes(model: StackingModel, classes: readonly string[], width: number): Node[] {
  const two = classes.length === 2;
  const members = model.models.flatMap((one, i) => prefixed(classifierNodes(one, classes, width), `m${i}`));
  // Of two classes the last model knows the second's probability only: the first's has the weight 0.
  const coefficients = model.last.coefficients.map((row) =>
    two ? [...row.slice(0, -1).flatMap((weight) => [0, weight]), row.at(-1)!] : row,
  );
  const stacked = model.models.map((_, i) => `m${i}__probabilities`);
  return [
    ...members,
    coreNode('Concat', stacked, 'stacked', { axis: int(1) }),
    ...renamed(
      classifierNodes({ ...model.last, coefficients }, classes, stacked.length * classes.length),
      (name) => (name === 'features' ? 'stacked' : name),
    ),
  ];
}

function calibratedNodes(model: CalibratedModel, classes: readonly string[], width: number): Node[] {
  const base = prefixed(classifierNodes(model.model, classes, width), 'base');
  const scoreOf = (c: number) =>
    multiplied(
      'base__probabilities',
      classes.map((_, k) => [Number(k === c)]),
      `score${c}`,
    );
  if (classes.length === 2) {
    const [calibrator] = model.calibrators;
    return [
      ...base,
      ...scoreOf(1),
      ...calibratorNodes(calibrator!, 'score1', 'positive'),
      constant('one', [1]),
      coreNode('Sub', ['one', 'positive'], 'negative'),
      coreNode('Concat', ['negative', 'positive'], 'probabilities', { axis: int(1) }),
      ...labelNodes('probabilities', classes),
    ];
  }
  return [
    ...base,
    ...classes.flatMap((_, c) => [
      ...scoreOf(c),
      ...calibratorNodes(model.calibrators[c]!, `score${c}`, `apart${c}`),
    ]),
    coreNode(
      'Concat',
      classes.map((_, c) => `apart${c}`),
      'apart',
      { axis: int(1) },
    ),
    coreNode('Constant', [], 'apart_axis', { value_ints: ints([1]) }),
    coreNode('ReduceSum', ['apart', 'apart_axis'], 'apart_sum', { keepdims: int(1) }),
    constant('nothing', [0]),
    constant('equal_shares', [1 / classes.length]),
    coreNode('Equal', ['apart_sum', 'nothing'], 'all_zero'),
    coreNode('Div', ['apart', 'apart_sum'], 'apart_shares'),
    coreNode('Where', ['all_zero', 'equal_shares', 'apart_shares'], 'probabilities'),
    ...labelNodes('probabilities', classes),
  ];
}

/** `output` [rows, 1] from `input` [rows, 1]. */
function calibratorNodes(calibrator: Calibrator, input: string, output: string): Node[] {
  if (calibrator.kind === 'isotonic') return isotonicNodes(calibrator, input, output);
  return [
    constant(`${output}_slope`, [-calibrator.a]),
    constant(`${output}_shift`, [-calibrator.b]),
    coreNode('Mul', [input, `${output}_slope`], `${output}_sloped`),
    coreNode('Add', [`${output}_sloped`, `${output}_shift`], `${output}_logit`),
    coreNode('Sigmoid', [`${output}_logit`], output),
  ];
}

/** Corners joined by lines: the first value and, for each line, its slope times how far the score is along it. */
function isotonicNodes({ x, y }: IsotonicCalibrator, input: string, output: string): Node[] {
  const widths = x.slice(1).map((right, i) => right - x[i]!);
  const slopes = widths.map((one, i) => (y[i + 1]! - y[i]!) / one);
  const name = (part: string) => `${output}_${part}`;
  return [
    constant(name('corners'), x.length > 1 ? x.slice(0, -1) : [0]),
    constant(name('widths'), widths.length > 0 ? widths : [0]),
    constant(name('slopes'), slopes.length > 0 ? slopes : [0]),
    constant(name('zero'), [0]),
    constant(name('first'), [y[0]!]),
    coreNode('Constant', [], name('axis'), { value_ints: ints([1]) }),
    coreNode('Sub', [input, name('corners')], name('beyond')),
    coreNode('Max', [name('beyond'), name('zero')], name('along')),
    coreNode('Min', [name('along'), name('widths')], name('capped')),
    coreNode('Mul', [name('capped'), name('slopes')], name('rises')),
    coreNode('ReduceSum', [name('rises'), name('axis')], name('risen'), { keepdims: int(1) }),
    coreNode('Add', [name('risen'), name('first')], output),
  ];
}

function weightedSum(inputs: readonly string[], weights: readonly number[], output: string): Node[] {
  return [
    ...inputs.flatMap((input, i) => [
      constant(`${input}_weight`, [weights[i]!]),
      coreNode('Mul', [input, `${input}_weight`], `${input}_share`),
    ]),
    coreNode(
      'Sum',
      inputs.map((input) => `${input}_share`),
      output,
    ),
  ];
}

function multiplied(input: string, matrix: readonly (readonly number[])[], output: string): Node[] {
  const tensor: AttributeValue = {
    kind: 'tensor',
    dims: [matrix.length, matrix[0]!.length],
    data: matrix.flat(),
  };
  return [
    coreNode('Constant', [], `${output}_matrix`, { value: tensor }),
    coreNode('MatMul', [input, `${output}_matrix`], output),
  ];
}

const constant = (name: string, values: readonly number[]): Node =>
  coreNode('Constant', [], name, { value_floats: floats(values) });

/** The nodes with names of their own, but for the features that all models take. */
function prefixed(nodes: readonly Node[], prefix: string): Node[] {
  return renamed(nodes, (name) => (name === 'features' ? name : `${prefix}__${name}`));
}

function renamed(nodes: readonly Node[], rename: (name: string) => string): Node[] {
  return nodes.map((node) => ({
    ...node,
    inputs: node.inputs.map(rename),
    outputs: node.outputs.map(rename),
  }));
}
