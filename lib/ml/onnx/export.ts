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
    case 'random-forest':
      return [
        {
          op: 'TreeEnsembleClassifier',
          domain: 'ai.onnx.ml',
          inputs: ['features'],
          outputs,
          attributes: {
            ...treeAttributes(model.trees),
            ...leafAttributes(
              model.trees.flatMap((tree, t) =>
                leavesOf(tree).flatMap(({ node, value }) =>
                  value.map((share, c) => ({
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

function leavesOf(tree: Tree): { node: number; value: readonly number[] }[] {
  return tree.value.flatMap((value, node) => (tree.left[node] === 0 ? [{ node, value }] : []));
}

function treeAttributes(trees: readonly Tree[]): Record<string, AttributeValue> {
  const all = trees.flatMap((tree, t) =>
    tree.value.map((_, node) => ({ tree, t, node, leaf: tree.left[node] === 0 })),
  );
  return {
    nodes_treeids: ints(all.map((entry) => entry.t)),
    nodes_nodeids: ints(all.map((entry) => entry.node)),
    nodes_featureids: ints(all.map((entry) => entry.tree.feature[entry.node] ?? 0)),
    nodes_values: floats(all.map((entry) => entry.tree.threshold[entry.node] ?? 0)),
    nodes_modes: strings(all.map((entry) => (entry.leaf ? 'LEAF' : 'BRANCH_LEQ'))),
    nodes_truenodeids: ints(all.map((entry) => entry.tree.left[entry.node] ?? 0)),
    nodes_falsenodeids: ints(all.map((entry) => entry.tree.right[entry.node] ?? 0)),
  };
}

function leafAttributes(
  leaves: readonly { tree: number; node: number; output: number; weight: number }[],
): Record<string, AttributeValue> {
  return {
    class_treeids: ints(leaves.map((leaf) => leaf.tree)),
    class_nodeids: ints(leaves.map((leaf) => leaf.node)),
    class_ids: ints(leaves.map((leaf) => leaf.output)),
    class_weights: floats(leaves.map((leaf) => leaf.weight)),
  };
}
