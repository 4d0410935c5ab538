/** Scores raw rows with an ONNX file of ours: only the operators that `exportOnnx` writes. */
import { InvalidDataset } from '../../data/invalid-dataset';
import type { RawColumn } from '../preprocessor';
import { probabilitiesOf } from '../probabilities';
import { addTrees } from '../trees/predict-trees';
import { TreeBuilder } from '../trees/tree';
import { readOnnx, type AttributeValue, type Node } from './model';

/** Probability of each class for each row, in the order of the model's classes. */
export function scoreOnnx(bytes: Uint8Array, columns: readonly RawColumn[]): Float64Array[] {
  const { nodes } = readOnnx(bytes);
  const raw = new Map(columns.map((column) => [column.name, column]));
  const values = new Map<string, Float64Array[]>();
  for (const node of nodes) {
    const [input = ''] = node.inputs;
    const [output = ''] = node.outputs;
    switch (node.op) {
      case 'Imputer': {
        const [fill = 0] = numbers(node, 'imputed_value_floats');
        values.set(output, [
          Float64Array.from(column(raw, input, 'number'), (value) =>
            typeof value === 'number' ? Math.fround(value) : fill,
          ),
        ]);
        break;
      }
      case 'Scaler': {
        const [offset = 0] = numbers(node, 'offset');
        const [scale = 1] = numbers(node, 'scale');
        values.set(
          output,
          (values.get(input) ?? []).map((one) =>
            one.map((value) => Math.fround(Math.fround(value - offset) * scale)),
          ),
        );
        break;
      }
      case 'OneHotEncoder': {
        const cells = column(raw, input, 'text');
        values.set(
          output,
          texts(node, 'cats_strings').map((category) =>
            Float64Array.from(cells, (cell) => (cell === category ? 1 : 0)),
          ),
        );
        break;
      }
      case 'Flatten':
        values.set(output, values.get(input) ?? []);
        break;
      case 'Concat':
        values.set(
          output,
          node.inputs.flatMap((name) => values.get(name) ?? []),
        );
        break;
      case 'LinearClassifier':
        return linear(node, values.get(input) ?? []);
      case 'TreeEnsembleClassifier':
        return ensemble(node, values.get(input) ?? []);
      default:
        throw new Error(`The ONNX operator '${node.op}' is not one of those this scorer knows.`);
    }
  }
  throw new Error('The ONNX file has no classifier.');
}

function column(
  raw: ReadonlyMap<string, RawColumn>,
  name: string,
  kind: RawColumn['kind'],
): readonly (string | number | null)[] {
  const found = raw.get(name);
  if (found === undefined || found.kind !== kind)
    throw new InvalidDataset(`The dataset has no ${kind} column '${name}', which the model takes.`);
  return found.values;
}

function linear(node: Node, features: readonly Float64Array[]): Float64Array[] {
  const coefficients = numbers(node, 'coefficients');
  const intercepts = numbers(node, 'intercepts');
  const rows = features[0]?.length ?? 0;
  return probabilitiesOf(
    intercepts.map((intercept, output) => {
      const scores = new Float64Array(rows).fill(intercept);
      features.forEach((feature, f) => {
        const weight = coefficients[output * features.length + f] ?? 0;
        if (weight !== 0)
          for (let row = 0; row < rows; row++)
            scores[row] = (scores[row] ?? 0) + weight * (feature[row] ?? 0);
      });
      return scores;
    }),
  );
}

function ensemble(node: Node, features: readonly Float64Array[]): Float64Array[] {
  const trees = new Map<number, TreeBuilder>();
  const classes = texts(node, 'classlabels_strings').length;
  const ids = numbers(node, 'nodes_treeids');
  const feature = numbers(node, 'nodes_featureids');
  const threshold = numbers(node, 'nodes_values');
  const yes = numbers(node, 'nodes_truenodeids');
  const no = numbers(node, 'nodes_falsenodeids');
  const missing = numbers(node, 'nodes_missing_value_tracks_true');
  texts(node, 'nodes_modes').forEach((mode, i) => {
    const tree = trees.get(ids[i] ?? 0) ?? new TreeBuilder(classes);
    trees.set(ids[i] ?? 0, tree);
    const at = tree.leaf();
    if (mode === 'LEAF') return;
    const test = {
      feature: feature[i] ?? 0,
      threshold: threshold[i] ?? 0,
      equals: mode === 'BRANCH_EQ',
      missingLeft: missing[i] === 1,
    };
    tree.split(at, test, yes[i] ?? 0, no[i] ?? 0);
  });
  const classIds = numbers(node, 'class_ids');
  const classTrees = numbers(node, 'class_treeids');
  const classNodes = numbers(node, 'class_nodeids');
  numbers(node, 'class_weights').forEach((weight, i) => {
    const tree = trees.get(classTrees[i] ?? 0);
    if (tree !== undefined) tree.value[(classNodes[i] ?? 0) * classes + (classIds[i] ?? 0)] = weight;
  });
  const rows = features[0]?.length ?? 0;
  const base = numbers(node, 'base_values');
  const scores = Array.from({ length: classes }, (_, c) => new Float64Array(rows).fill(base[c] ?? 0));
  const grown = [...trees.values()].map((tree) => tree.finish());
  addTrees(grown, { rows, columns: features }, scores);
  const transform = node.attributes['post_transform'];
  return transform?.kind === 'string' && transform.value === 'SOFTMAX' ? probabilitiesOf(scores) : scores;
}

function numbers(node: Node, name: string): readonly number[] {
  const attribute: AttributeValue | undefined = node.attributes[name];
  return attribute?.kind === 'floats' || attribute?.kind === 'ints' ? attribute.value : [];
}

function texts(node: Node, name: string): readonly string[] {
  const attribute = node.attributes[name];
  return attribute?.kind === 'strings' ? attribute.value : [];
}
