/** Scores raw rows with an ONNX file of ours: only the operators that our files have. */
import { InvalidDataset } from '../../data/invalid-dataset';
import type { RawColumn } from '../preprocessor';
import { probabilitiesOf } from '../probabilities';
import { addTrees } from '../trees/predict-trees';
import { TreeBuilder } from '../trees/tree';
import { readOnnx, type AttributeValue, type Node } from './model';

/** A matrix as columns; a constant vector as columns of one row. */
type Columns = readonly Float64Array[];

/**
 * Of a classifier the probability of each class, in the order of the model's classes; of other models one number: an
 * array of rows each.
 * @throws InvalidDataset when a column is missing @throws Error when the file is none of ours
 */
export function scoreOnnx(bytes: Uint8Array, columns: readonly RawColumn[]): Float64Array[] {
  return onnxScorer(bytes)(columns);
}

/** The same for a file that is used again and again: it is read once. @throws Error when the file is none of ours */
export function onnxScorer(bytes: Uint8Array): (columns: readonly RawColumn[]) => Float64Array[] {
  const { nodes } = readOnnx(bytes);
  return (columns) => scoreNodes(nodes, columns);
}

function scoreNodes(nodes: readonly Node[], columns: readonly RawColumn[]): Float64Array[] {
  const raw = new Map(columns.map((column) => [column.name, column]));
  const values = new Map<string, Columns>();
  for (const node of nodes) {
    // A raw column under another name: what the operators of a column do here has no shape.
    const column = RENAMES.has(node.op) ? raw.get(node.inputs[0] ?? '') : undefined;
    if (column !== undefined) {
      raw.set(node.outputs[0] ?? '', column);
      continue;
    }
    const inputs = node.inputs.map((name) => values.get(name) ?? []);
    const output = node.outputs.includes('probabilities') ? 'probabilities' : (node.outputs[0] ?? '');
    const operator = OPERATORS[node.op];
    if (operator === undefined)
      throw new Error(`The ONNX operator '${node.op}' is not one of those this scorer knows.`);
    values.set(output, operator(node, inputs, raw));
  }
  const result = values.get('probabilities') ?? values.get('prediction');
  if (result === undefined) throw new Error("The ONNX file has no output 'probabilities' or 'prediction'.");
  return [...result];
}

type Operator = (
  node: Node,
  inputs: readonly Columns[],
  raw: ReadonlyMap<string, RawColumn>,
) => readonly Float64Array[];

const RENAMES: ReadonlySet<string> = new Set(['Cast', 'Reshape']);

const OPERATORS: Readonly<Record<string, Operator>> = {
  Imputer: (node, _inputs, raw) => {
    const [fill = 0] = numbers(node, 'imputed_value_floats');
    return [rawNumbers(raw, node.inputs[0] ?? '').map((value) => (Number.isNaN(value) ? fill : value))];
  },
  IsNaN: (node, _inputs, raw) => [
    rawNumbers(raw, node.inputs[0] ?? '').map((value) => Number(Number.isNaN(value))),
  ],
  Scaler: (node, [found = []], raw) => {
    const input = found.length === 0 ? [rawNumbers(raw, node.inputs[0] ?? '')] : found;
    const [offset = 0] = numbers(node, 'offset');
    const [scale = 1] = numbers(node, 'scale');
    return input.map((one) => one.map((value) => Math.fround(Math.fround(value - offset) * scale)));
  },
  OneHotEncoder: (node, _inputs, raw) => {
    const cells = column(raw, node.inputs[0] ?? '', 'text');
    return texts(node, 'cats_strings').map((category) =>
      Float64Array.from(cells, (cell) => (cell === category ? 1 : 0)),
    );
  },
  Flatten: (_node, [input = []]) => input,
  Reshape: (_node, [input = []]) => input,
  Split: (_node, [input = []]) => input,
  Concat: (_node, inputs) => inputs.flat(),
  Constant: (node) =>
    [...numbers(node, 'value_floats'), ...numbers(node, 'value_ints'), ...numbers(node, 'value_float')].map(
      (value) => Float64Array.of(value),
    ),
  Sub: (_node, [a = [], b = []]) => combined(a, b, (left, right) => left - right),
  Mul: (_node, [a = [], b = []]) => combined(a, b, (left, right) => left * right),
  Add: (_node, [a = [], b = []]) => combined(a, b, (left, right) => left + right),
  Sum: (_node, [first = [], ...others]) =>
    others.reduce<Columns>((sum, other) => combined(sum, other, (left, right) => left + right), first),
  Clip: (_node, [input = [], low = [], high = []]) =>
    input.map((one) =>
      one.map((value) => Math.min(high[0]?.[0] ?? Infinity, Math.max(low[0]?.[0] ?? -Infinity, value))),
    ),
  Binarizer: (node, [input = []]) => {
    const [threshold = 0] = numbers(node, 'threshold');
    return input.map((one) => one.map((value) => Number(value > threshold)));
  },
  Exp: (_node, [input = []]) => input.map((one) => one.map(Math.exp)),
  ReduceSum: (_node, [input = []]) => {
    const sum = new Float64Array(input[0]?.length ?? 0);
    for (const one of input) one.forEach((value, row) => (sum[row] = (sum[row] ?? 0) + value));
    return [sum];
  },
  Softmax: (_node, [input = []]) => probabilitiesOf(input),
  ArgMax: (_node, [input = []]) => [firstWhere(input, (value, best) => value > best)],
  ArgMin: (_node, [input = []]) => [firstWhere(input, (value, best) => value < best)],
  Cast: (_node, [input = []]) => input,
  LabelEncoder: (node, [input = []], raw) => {
    const keys = texts(node, 'keys_strings');
    if (keys.length === 0 && input.length > 0) return input;
    const values = numbers(node, 'values_floats');
    const [other = Number.NaN] = numbers(node, 'default_float');
    const known = new Map(keys.map((key, i) => [key, values[i] ?? other]));
    return [
      Float64Array.from(
        column(raw, node.inputs[0] ?? '', 'text'),
        (cell) => known.get(String(cell)) ?? other,
      ),
    ];
  },
  LinearClassifier: (node, [input = []]) => probabilitiesOf(linear(node, input)),
  LinearRegressor: (node, [input = []]) => linear(node, input),
  TreeEnsembleClassifier: (node, [input = []]) => {
    const scores = ensemble(node, input, 'class', texts(node, 'classlabels_strings').length);
    const transform = node.attributes['post_transform'];
    return transform?.kind === 'string' && transform.value === 'SOFTMAX' ? probabilitiesOf(scores) : scores;
  },
  TreeEnsembleRegressor: (node, [input = []]) => ensemble(node, input, 'target', 1),
};

function column(
  raw: ReadonlyMap<string, RawColumn>,
  name: string,
  kind: RawColumn['kind'],
): readonly (string | number | null)[] {
  const found = raw.get(name);
  if (found === undefined || found.kind !== kind)
    throw new InvalidDataset(
      `The dataset has no ${kind} column '${name.replace(/__column$/, '')}', which the model takes.`,
    );
  return found.values;
}

function rawNumbers(raw: ReadonlyMap<string, RawColumn>, name: string): Float64Array {
  return Float64Array.from(column(raw, name, 'number'), (value) =>
    typeof value === 'number' ? Math.fround(value) : Number.NaN,
  );
}

/** Column by column; a constant of one row counts for every row. */
function combined(a: Columns, b: Columns, apply: (left: number, right: number) => number): Float64Array[] {
  return a.map((one, f) => {
    const other = b[b.length === 1 ? 0 : f] ?? new Float64Array();
    return one.map((value, row) => apply(value, other[other.length === 1 ? 0 : row] ?? Number.NaN));
  });
}

function firstWhere(input: Columns, better: (value: number, best: number) => boolean): Float64Array {
  return Float64Array.from(input[0] ?? [], (_, row) => {
    let best = 0;
    input.forEach((one, c) => {
      if (better(one[row] ?? 0, input[best]?.[row] ?? 0)) best = c;
    });
    return best;
  });
}

function linear(node: Node, features: Columns): Float64Array[] {
  const coefficients = numbers(node, 'coefficients');
  const rows = features[0]?.length ?? 0;
  return numbers(node, 'intercepts').map((intercept, output) => {
    const scores = new Float64Array(rows).fill(intercept);
    features.forEach((feature, f) => {
      const weight = coefficients[output * features.length + f] ?? 0;
      if (weight !== 0)
        for (let row = 0; row < rows; row++) scores[row] = (scores[row] ?? 0) + weight * (feature[row] ?? 0);
    });
    return scores;
  });
}

type Grown = Parameters<typeof addTrees>[0];

/** Trees of nodes that were scored before. */
const forests = new WeakMap<Node, Grown>();

function ensemble(node: Node, features: Columns, kind: 'class' | 'target', outputs: number): Float64Array[] {
  let grown = forests.get(node);
  if (grown === undefined) {
    grown = treesOf(node, kind, outputs);
    forests.set(node, grown);
  }
  const rows = features[0]?.length ?? 0;
  const base = numbers(node, 'base_values');
  const scores = Array.from({ length: outputs }, (_, c) => new Float64Array(rows).fill(base[c] ?? 0));
  addTrees(grown, { rows, columns: features }, scores);
  return scores;
}

function treesOf(node: Node, kind: 'class' | 'target', outputs: number): Grown {
  const trees = new Map<number, TreeBuilder>();
  const ids = numbers(node, 'nodes_treeids');
  const feature = numbers(node, 'nodes_featureids');
  const threshold = numbers(node, 'nodes_values');
  const yes = numbers(node, 'nodes_truenodeids');
  const no = numbers(node, 'nodes_falsenodeids');
  const missing = numbers(node, 'nodes_missing_value_tracks_true');
  texts(node, 'nodes_modes').forEach((mode, i) => {
    const tree = trees.get(ids[i] ?? 0) ?? new TreeBuilder(outputs);
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
  const leafOutputs = numbers(node, `${kind}_ids`);
  const leafTrees = numbers(node, `${kind}_treeids`);
  const leafNodes = numbers(node, `${kind}_nodeids`);
  numbers(node, `${kind}_weights`).forEach((weight, i) => {
    const tree = trees.get(leafTrees[i] ?? 0);
    if (tree !== undefined) tree.value[(leafNodes[i] ?? 0) * outputs + (leafOutputs[i] ?? 0)] = weight;
  });
  return [...trees.values()].map((tree) => tree.finish());
}

function numbers(node: Node, name: string): readonly number[] {
  const attribute: AttributeValue | undefined = node.attributes[name];
  if (attribute?.kind === 'float') return [attribute.value];
  return attribute?.kind === 'floats' || attribute?.kind === 'ints' ? attribute.value : [];
}

function texts(node: Node, name: string): readonly string[] {
  const attribute = node.attributes[name];
  return attribute?.kind === 'strings' ? attribute.value : [];
}
