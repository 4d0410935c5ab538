/** The part of an ONNX graph after `features` for models that give a number: output `prediction`. */
import type { IsolationForestModel } from '../isolation-forest';
import type { KMeansModel } from '../k-means';
import type { RegressorModel } from '../model';
import type { Tree } from '../trees/tree';
import { coreNode, floats, int, mlNode, string } from './attributes';
import { distanceNodes } from './distance-nodes';
import type { Node } from './model';
import { neighbourNumberNodes } from './neighbour-nodes';
import { leafAttributes, treeAttributes } from './tree-nodes';

export function regressorNodes(
  model: RegressorModel | IsolationForestModel | KMeansModel,
  width: number,
): Node[] {
  switch (model.algorithm) {
    case 'linear-regression':
    case 'ridge':
    case 'elastic-net':
      return [linear(model.coefficients)];
    case 'dummy-regressor':
      return [linear([...new Array<number>(width).fill(0), model.value])];
    case 'decision-tree-regressor':
    case 'random-forest-regressor':
    case 'extra-trees-regressor':
      return [ensemble(model.trees, 'prediction', 1 / model.trees.length)];
    case 'gradient-boosting-regressor': {
      const poisson = model.loss === 'poisson';
      const trees = ensemble(model.trees.flat(), poisson ? 'logarithm' : 'prediction', 1, model.base);
      return poisson ? [trees, coreNode('Exp', ['logarithm'], 'prediction')] : [trees];
    }
    case 'isolation-forest':
      return [
        ensemble(model.trees, 'path', 1 / model.trees.length),
        coreNode('Constant', [], 'scale', { value_floats: floats([-Math.LN2 / model.averagePath]) }),
        coreNode('Mul', ['path', 'scale'], 'exponent'),
        coreNode('Exp', ['exponent'], 'prediction'),
      ];
    case 'k-means':
      return [
        ...distanceNodes(
          'features',
          'distances',
          model.centres,
          model.centres.map((centre) => centre.map(() => 1)),
        ),
        coreNode('ArgMin', ['distances'], 'cluster', { axis: int(1), keepdims: int(1) }),
        coreNode('Cast', ['cluster'], 'prediction', { to: int(1) }),
      ];
    case 'nearest-neighbours-regressor':
      return neighbourNumberNodes(model);
  }
}

function linear(coefficients: readonly number[]): Node {
  return mlNode('LinearRegressor', ['features'], ['prediction'], {
    coefficients: floats(coefficients.slice(0, -1)),
    intercepts: floats(coefficients.slice(-1)),
    targets: int(1),
    post_transform: string('NONE'),
  });
}

function ensemble(
  trees: readonly Tree[],
  output: string,
  factor: number,
  base: readonly number[] = [],
): Node {
  return mlNode('TreeEnsembleRegressor', ['features'], [output], {
    ...treeAttributes(trees),
    ...leafAttributes('target', trees, (give, value) => give(0, value * factor)),
    ...(base.length === 0 ? {} : { base_values: floats(base) }),
    n_targets: int(1),
    aggregate_function: string('SUM'),
    post_transform: string('NONE'),
  });
}
