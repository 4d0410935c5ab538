/** Models of ours out of their ONNX files, to go on learning from: trees and coefficients as the file rounds them. */
import type { GradientBoostingModel, RegressionLoss } from '../gradient-boosting';
import type { LogisticRegressionModel } from '../logistic-regression';
import type { Tree } from '../trees/tree';
import { InvalidModel } from './invalid-model';
import type { Node } from './model';
import { readOnnx, type OnnxFile } from './read-model';
import { labelsOf } from './run/ml-operators';
import { numbers } from './run/operator';
import { ensembleOf } from './run/tree-operators';

export type RestoredAlgorithm =
  | 'random-forest'
  | 'extra-trees'
  | 'random-forest-regressor'
  | 'gradient-boosting'
  | 'gradient-boosting-regressor'
  | 'logistic-regression';

/** @throws InvalidModel when the file is not one of ours of the algorithm */
export function restoreForest(
  bytes: Uint8Array,
  algorithm: 'random-forest' | 'extra-trees' | 'random-forest-regressor',
): readonly Tree[] {
  const file = fileOf(bytes, algorithm);
  const classifier = algorithm !== 'random-forest-regressor';
  const node = nodeOf(file, classifier ? 'TreeEnsembleClassifier' : 'TreeEnsembleRegressor', algorithm);
  const { trees } = classifier
    ? ensembleOf(node, 'class', labelsOf(node).length)
    : ensembleOf(node, 'target', 1);
  // The file has the mean in its leaves.
  return trees.map((tree) => ({
    ...tree,
    value: Float32Array.from(tree.value, (value) => value * trees.length),
  }));
}

/** @param wanted loss of a regressor @throws InvalidModel when the file is not one of ours of the algorithm and loss */
export function restoreBoosting(
  bytes: Uint8Array,
  algorithm: 'gradient-boosting' | 'gradient-boosting-regressor',
  wanted: RegressionLoss = 'squared-error',
): Pick<GradientBoostingModel, 'trees' | 'base'> {
  const file = fileOf(bytes, algorithm);
  if (algorithm === 'gradient-boosting-regressor') {
    const { trees, base } = ensembleOf(nodeOf(file, 'TreeEnsembleRegressor', algorithm), 'target', 1);
    const loss = file.nodes.some(({ op }) => op === 'Exp') ? 'poisson' : 'squared-error';
    if (loss !== wanted)
      throw new InvalidModel(`The model to start from was fitted with the loss '${loss}', not '${wanted}'.`);
    return { trees: trees.map((tree) => [tree]), base };
  }
  const node = nodeOf(file, 'TreeEnsembleClassifier', algorithm);
  const labels = labelsOf(node).length;
  const { trees, base } = ensembleOf(node, 'class', labels);
  // Two classes have one score, that of the second; the first tree holds its base.
  const outputs = labels === 2 ? 1 : labels;
  const singles = trees.map((tree, t) => oneOutput(tree, labels === 2 ? 1 : t % labels));
  return {
    trees: Array.from({ length: singles.length / outputs }, (_, i) =>
      singles.slice(i * outputs, (i + 1) * outputs),
    ),
    base: labels === 2 ? [0] : base,
  };
}

/** @throws InvalidModel when the file is not one of ours of the algorithm */
export function restoreLogistic(bytes: Uint8Array): LogisticRegressionModel['coefficients'] {
  const node = nodeOf(fileOf(bytes, 'logistic-regression'), 'LinearClassifier', 'logistic-regression');
  const intercepts = numbers(node, 'intercepts');
  const all = numbers(node, 'coefficients');
  const width = all.length / intercepts.length;
  const rows = intercepts.map((intercept, c) => [...all.slice(c * width, (c + 1) * width), intercept]);
  // Of two classes the first has zeros.
  return rows.length === 2 ? rows.slice(1) : rows;
}

function fileOf(bytes: Uint8Array, algorithm: RestoredAlgorithm): OnnxFile {
  const file = readOnnx(bytes);
  if (file.producer === 'millrace' && file.name === algorithm) return file;
  throw new InvalidModel(
    `The model to start from is ${file.producer === 'millrace' ? `a ${file.name}` : `made by ${file.producer || 'others'}`}; only a ${algorithm} of this project can be gone on with.`,
  );
}

function nodeOf(file: OnnxFile, op: string, algorithm: RestoredAlgorithm): Node {
  const found = file.nodes.filter((node) => node.op === op);
  if (found.length === 1) return found[0]!;
  throw new InvalidModel(`The file of the ${algorithm} has ${found.length} nodes ${op}; one is needed.`);
}

function oneOutput(tree: Tree, output: number): Tree {
  return {
    ...tree,
    outputs: 1,
    value: Float32Array.from(tree.left, (_, node) => tree.value[node * tree.outputs + output]!),
  };
}
