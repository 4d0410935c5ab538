/** Shapley values of a model of trees that is saved as ONNX. */
import { treeShap, withCover, type TreeShap } from '../explain/tree-shap';
import type { RawColumn } from '../raw-column';
import { readOnnx } from './read-model';
import { compileGraph } from './run/compile';
import { numbers } from './run/operator';
import { labelsOf } from './run/ml-operators';
import { ensembleOf } from './run/tree-operators';
import { inputsOf } from './score';

/**
 * How much each feature added to the raw scores of the trees, for some rows; what a feature that is not known would be is
 * taken from the background, rows like those that were learned from.
 * @returns nothing for a model that is not one ensemble of trees
 * @throws InvalidModel when the file cannot be read @throws InvalidDataset when a column is missing
 */
export function onnxTreeShap(
  bytes: Uint8Array,
  columns: readonly RawColumn[],
  background: readonly RawColumn[],
): TreeShap | undefined {
  const file = readOnnx(bytes);
  const ensembles = file.nodes.filter(({ op }) => op.startsWith('TreeEnsemble'));
  const [node] = ensembles;
  if (node === undefined || ensembles.length > 1) return undefined;
  const classifier = node.op === 'TreeEnsembleClassifier';
  const outputs = classifier ? labelsOf(node).length : (numbers(node, 'n_targets')[0] ?? 1);
  const ensemble = ensembleOf(node, classifier ? 'class' : 'target', outputs);
  const features = compileGraph(file, [node.inputs[0]!]);
  const matrixOf = (rows: readonly RawColumn[]) => {
    const [value] = features(inputsOf(file.inputs, rows));
    const found = value?.kind === 'numbers' ? value.columns : [];
    return { rows: found[0]?.length ?? 0, columns: found };
  };
  const known = matrixOf(background);
  const { expected, values } = treeShap(
    ensemble.trees.map((tree) => withCover(tree, known)),
    matrixOf(columns),
    outputs,
  );
  return { expected: expected.map((value, k) => value + (ensemble.base[k] ?? 0)), values };
}
