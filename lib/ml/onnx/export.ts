/** A fitted preprocessor and classifier as one ONNX graph that takes the raw columns, each as a [rows, 1] tensor. */
import type { ClassifierModel } from '../model';
import type { PreprocessorState } from '../preprocessor';
import type { Tree } from '../trees/tree';
import { writeOnnx, type AttributeValue, type Node, type OnnxModel } from './model';

const floats = (value: readonly number[]): AttributeValue => ({ kind: 'floats', value });
const ints = (value: readonly number[]): AttributeValue => ({ kind: 'ints', value });
const strings = (value: readonly string[]): AttributeValue => ({ kind: 'strings', value });

export function exportOnnx(
  preprocessor: PreprocessorState,
  model: ClassifierModel,
  classes: readonly string[],
  metadata: Readonly<Record<string, string>> = {},
): Buffer {
  const nodes: Node[] = [];
  const parts: string[] = [];
  for (const column of preprocessor.columns) {
    const out = `${column.name}__encoded`;
    if (column.kind === 'number') {
      const filled = `${column.name}__filled`;
      nodes.push({
        op: 'Imputer',
        domain: 'ai.onnx.ml',
        inputs: [column.name],
        outputs: [filled],
        attributes: {
          imputed_value_floats: floats([column.mean]),
          replaced_value_float: { kind: 'float', value: Number.NaN },
        },
      });
      nodes.push({
        op: 'Scaler',
        domain: 'ai.onnx.ml',
        inputs: [filled],
        outputs: [out],
        attributes: { offset: floats([column.mean]), scale: floats([Math.fround(1 / column.scale)]) },
      });
    } else {
      const raw = `${column.name}__onehot`;
      nodes.push({
        op: 'OneHotEncoder',
        domain: 'ai.onnx.ml',
        inputs: [column.name],
        outputs: [raw],
        attributes: { cats_strings: strings(column.categories), zeros: { kind: 'int', value: 1 } },
      });
      nodes.push({
        op: 'Flatten',
        domain: '',
        inputs: [raw],
        outputs: [out],
        attributes: { axis: { kind: 'int', value: 1 } },
      });
    }
    parts.push(out);
  }
  nodes.push({
    op: 'Concat',
    domain: '',
    inputs: parts,
    outputs: ['features'],
    attributes: { axis: { kind: 'int', value: 1 } },
  });
  nodes.push(...classifierNodes(model, classes));
  const onnx: OnnxModel = {
    name: model.algorithm,
    nodes,
    inputs: preprocessor.columns.map((column) => ({
      name: column.name,
      type: column.kind === 'number' ? 'float' : 'string',
      width: 1,
    })),
    outputs: [
      { name: 'label', type: 'string', width: null },
      { name: 'probabilities', type: 'float', width: classes.length },
    ],
    metadata: { ...metadata, classes: JSON.stringify(classes) },
  };
  return writeOnnx(onnx);
}

function classifierNodes(model: ClassifierModel, classes: readonly string[]): Node[] {
  const outputs = ['label', 'probabilities'];
  const labels = { classlabels_strings: strings(classes) };
  switch (model.algorithm) {
    case 'logistic-regression': {
      // Two classes: the scores of both, so that softmax of (-z, 0) … is the sigmoid of z.
      const rows =
        model.coefficients.length === 1
          ? [(model.coefficients[0] ?? []).map(() => 0), model.coefficients[0] ?? []]
          : model.coefficients;
      return [
        {
          op: 'LinearClassifier',
          domain: 'ai.onnx.ml',
          inputs: ['features'],
          outputs,
          attributes: {
            coefficients: floats(rows.flatMap((row) => row.slice(0, -1))),
            intercepts: floats(rows.map((row) => row.at(-1) ?? 0)),
            ...labels,
            multi_class: { kind: 'int', value: 0 },
            post_transform: { kind: 'string', value: 'SOFTMAX' },
          },
        },
      ];
    }
    case 'decision-tree':
    case 'random-forest':
    case 'extra-trees':
      return [
        {
          op: 'TreeEnsembleClassifier',
          domain: 'ai.onnx.ml',
          inputs: ['features'],
          outputs,
          attributes: {
            ...treeAttributes(model.trees),
            ...leafAttributes(
              'class',
              model.trees.flatMap((tree, t) =>
                leavesOf(tree).flatMap(({ node, value }) =>
                  Array.from(value, (share, c) => ({
                    tree: t,
                    node,
                    output: c,
                    weight: Math.fround(share / model.trees.length),
                  })),
                ),
              ),
            ),
            ...labels,
            post_transform: { kind: 'string', value: 'NONE' },
          },
        },
      ];
    case 'gradient-boosting': {
      const binary = model.base.length === 1;
      const trees = model.trees.flat();
      // Two classes: the raw score of the second against 0 of the first, through softmax. The base score lies in
      // the leaves of the first tree: ONNX Runtime gives two base values a meaning of its own.
      const outputOf = (t: number) => (binary ? 1 : t % model.base.length);
      return [
        {
          op: 'TreeEnsembleClassifier',
          domain: 'ai.onnx.ml',
          inputs: ['features'],
          outputs,
          attributes: {
            ...treeAttributes(trees),
            ...leafAttributes(
              'class',
              trees.flatMap((tree, t) =>
                leavesOf(tree).flatMap(({ node, value }) => [
                  // Every class must be named by some leaf, or the ensemble counts as binary.
                  ...(binary ? [{ tree: t, node, output: 0, weight: 0 }] : []),
                  {
                    tree: t,
                    node,
                    output: outputOf(t),
                    weight: (value[0] ?? 0) + (binary && t === 0 ? (model.base[0] ?? 0) : 0),
                  },
                ]),
              ),
            ),
            ...(binary ? {} : { base_values: floats(model.base) }),
            ...labels,
            post_transform: { kind: 'string', value: 'SOFTMAX' },
          },
        },
      ];
    }
  }
}

function leavesOf(tree: Tree): { node: number; value: number[] }[] {
  return Array.from({ length: tree.left.length }, (_, node) => node)
    .filter((node) => tree.left[node] === 0)
    .map((node) => ({
      node,
      value: Array.from({ length: tree.outputs }, (_, k) => tree.value[node * tree.outputs + k] ?? 0),
    }));
}

function treeAttributes(trees: readonly Tree[]): Record<string, AttributeValue> {
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

function leafAttributes(
  kind: 'class' | 'target',
  leaves: readonly { tree: number; node: number; output: number; weight: number }[],
): Record<string, AttributeValue> {
  return {
    [`${kind}_treeids`]: ints(leaves.map((leaf) => leaf.tree)),
    [`${kind}_nodeids`]: ints(leaves.map((leaf) => leaf.node)),
    [`${kind}_ids`]: ints(leaves.map((leaf) => leaf.output)),
    [`${kind}_weights`]: floats(leaves.map((leaf) => leaf.weight)),
  };
}
