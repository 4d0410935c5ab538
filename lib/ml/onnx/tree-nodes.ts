/** Trees as attributes of TreeEnsembleClassifier and TreeEnsembleRegressor (ai.onnx.ml 3). */
import type { Tree } from '../trees/tree';
import { floats, ints, strings } from './attributes';
import type { AttributeValue } from './model';

export interface LeafWeight {
  readonly tree: number;
  readonly node: number;
  readonly output: number;
  readonly weight: number;
}

/** Nodes of all trees. A set of categories is a chain of equalities, whose shared child ONNX Runtime takes. */
export function treeAttributes(trees: readonly Tree[]): Record<string, AttributeValue> {
  const each = <T>(value: (tree: Tree, node: number, t: number) => T): T[] =>
    trees.flatMap((tree, t) => Array.from({ length: tree.left.length }, (_, node) => value(tree, node, t)));
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

/** One weight per value of each leaf. */
export function leafWeights(
  trees: readonly Tree[],
  weightOf: (value: number, output: number, tree: number) => readonly Omit<LeafWeight, 'tree' | 'node'>[],
): LeafWeight[] {
  return trees.flatMap((tree, t) =>
    Array.from({ length: tree.left.length }, (_, node) => node)
      .filter((node) => tree.left[node] === 0)
      .flatMap((node) =>
        Array.from({ length: tree.outputs }, (_, k) => tree.value[node * tree.outputs + k] ?? 0).flatMap(
          (value, k) => weightOf(value, k, t).map((weight) => ({ tree: t, node, ...weight })),
        ),
      ),
  );
}

export function leafAttributes(
  kind: 'class' | 'target',
  leaves: readonly LeafWeight[],
): Record<string, AttributeValue> {
  return {
    [`${kind}_treeids`]: ints(leaves.map((leaf) => leaf.tree)),
    [`${kind}_nodeids`]: ints(leaves.map((leaf) => leaf.node)),
    [`${kind}_ids`]: ints(leaves.map((leaf) => leaf.output)),
    [`${kind}_weights`]: floats(leaves.map((leaf) => Math.fround(leaf.weight))),
  };
}
