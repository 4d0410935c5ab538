/** Trees as attributes of TreeEnsembleClassifier and TreeEnsembleRegressor (ai.onnx.ml 3). */
import type { Tree } from '../trees/tree';
import { floats, ints, strings } from './attributes';
import type { AttributeValue } from './model';

/** Nodes of all trees. A set of categories is a chain of equalities, whose shared child ONNX Runtime takes. */
export function treeAttributes(trees: readonly Tree[]): Record<string, AttributeValue> {
  const each = <T>(value: (tree: Tree, node: number, t: number) => T): T[] => {
    const values: T[] = [];
    trees.forEach((tree, t) => {
      for (let node = 0; node < tree.left.length; node++) values.push(value(tree, node, t));
    });
    return values;
  };
  const mode = (tree: Tree, node: number) =>
    tree.left[node] === 0 ? 'LEAF' : tree.equals[node] === 1 ? 'BRANCH_EQ' : 'BRANCH_LEQ';
  return {
    nodes_treeids: ints(each((_tree, _node, t) => t)),
    nodes_nodeids: ints(each((_tree, node) => node)),
    nodes_featureids: ints(each((tree, node) => tree.feature[node] ?? 0)),
    nodes_values: floats(each((tree, node) => tree.threshold[node] ?? 0)),
    nodes_modes: strings(each(mode)),
    nodes_truenodeids: ints(each((tree, node) => tree.left[node] ?? 0)),
    nodes_falsenodeids: ints(each((tree, node) => tree.right[node] ?? 0)),
    nodes_missing_value_tracks_true: ints(each((tree, node) => tree.missingLeft[node] ?? 0)),
  };
}

/** Adds the weight of an output to the leaf at hand. */
type Give = (output: number, weight: number) => void;

/** @param weights is called for each value of each leaf and gives the weights that it makes */
export function leafAttributes(
  kind: 'class' | 'target',
  trees: readonly Tree[],
  weights: (give: Give, value: number, output: number, tree: number) => void,
): Record<string, AttributeValue> {
  const treeIds: number[] = [];
  const nodeIds: number[] = [];
  const outputs: number[] = [];
  const values: number[] = [];
  trees.forEach((tree, t) => {
    for (let node = 0; node < tree.left.length; node++) {
      if (tree.left[node] !== 0) continue;
      for (let k = 0; k < tree.outputs; k++)
        weights(
          (output, weight) => {
            treeIds.push(t);
            nodeIds.push(node);
            outputs.push(output);
            values.push(Math.fround(weight));
          },
          tree.value[node * tree.outputs + k] ?? 0,
          k,
          t,
        );
    }
  });
  return {
    [`${kind}_treeids`]: ints(treeIds),
    [`${kind}_nodeids`]: ints(nodeIds),
    [`${kind}_ids`]: ints(outputs),
    [`${kind}_weights`]: floats(values),
  };
}
