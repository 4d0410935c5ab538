/** Operators of ai.onnx.ml, but for those of trees. */
import type { Node } from '../model';
import { number, numbers, numbersIn, text, texts, unsupported, type Operator } from './operator';
import { classScores } from './post-transform';
import { picked } from './shape-operators';
import { mapped, numbersValue, rowsOf, textsValue, type Numbers, type Value } from './value';

/** A number per column, or one for all. */
const each = (values: readonly number[], f: number, other: number): number =>
  values.length === 1 ? values[0]! : (values[f] ?? other);

const scaler: Operator = (node) => {
  const offsets = numbers(node, 'offset');
  const scales = numbers(node, 'scale');
  return (inputs) => {
    const { columns } = numbersIn(node, inputs, 0);
    return [
      numbersValue(
        columns.map((column, f) => {
          const offset = each(offsets, f, 0);
          const scale = each(scales, f, 1);
          const result = new Float64Array(column.length);
          for (let row = 0; row < result.length; row++)
            result[row] = Math.fround(Math.fround(column[row]! - offset) * scale);
          return result;
        }),
      ),
    ];
  };
};

const imputer: Operator = (node) => {
  const fills = [...numbers(node, 'imputed_value_floats'), ...numbers(node, 'imputed_value_int64s')];
  const replaced = number(node, 'replaced_value_float', number(node, 'replaced_value_int64', Number.NaN));
  return (inputs) => {
    const { columns } = numbersIn(node, inputs, 0);
    return [
      numbersValue(
        columns.map((column, f) => {
          const fill = each(fills, f, 0);
          const result = column.slice();
          for (let row = 0; row < result.length; row++)
            if (Number.isNaN(replaced) ? result[row] !== result[row] : result[row] === replaced)
              result[row] = fill;
          return result;
        }),
      ),
    ];
  };
};

/** Of a single row; no operator changes its inputs. */
const ZERO = Float64Array.of(0);
const ONE = Float64Array.of(1);

/** Without `zeros` an unknown category is refused by ONNX Runtime; here it is all zeros, as the file of a model says. */
const oneHot: Operator = (node) => {
  const categories = texts(node, 'cats_strings');
  const codes = numbers(node, 'cats_int64s');
  return ([value]) => {
    if (value!.kind === 'texts')
      return [
        numbersValue(
          value!.columns.flatMap((column) =>
            categories.map((category) => {
              if (column.length === 1) return column[0] === category ? ONE : ZERO;
              const result = new Float64Array(column.length);
              for (let row = 0; row < result.length; row++) result[row] = column[row] === category ? 1 : 0;
              return result;
            }),
          ),
        ),
      ];
    return [
      numbersValue(
        (value as Numbers).columns.flatMap((column) =>
          codes.map((code) => column.map((cell) => Number(Math.trunc(cell) === code))),
        ),
      ),
    ];
  };
};

const labelEncoder: Operator = (node) => {
  const keys: readonly (string | number)[] = [
    ...texts(node, 'keys_strings'),
    ...numbers(node, 'keys_int64s'),
    ...numbers(node, 'keys_floats'),
  ];
  const words = texts(node, 'values_strings');
  const figures = [...numbers(node, 'values_int64s'), ...numbers(node, 'values_floats')];
  if (keys.length === 0) throw unsupported(node, 'no keys (an older version of the operator)');
  const index = new Map(keys.map((key, i) => [key, i]));
  const otherText = text(node, 'default_string', '_Unused');
  const other =
    node.attributes['default_float'] === undefined
      ? number(node, 'default_int64', node.attributes['values_floats'] === undefined ? -1 : -0)
      : number(node, 'default_float', 0);
  return ([value]) => {
    // A missing text is an empty one to a graph.
    const at = (cell: string | number | null) => index.get(cell ?? '');
    if (words.length > 0)
      return [
        textsValue(
          value!.columns.map((column) =>
            Array.from(column as ArrayLike<string | number>, (cell) => words[at(cell) ?? -1] ?? otherText),
          ),
        ),
      ];
    return [
      numbersValue(
        value!.columns.map((column) =>
          Float64Array.from(column as ArrayLike<string | number>, (cell) => figures[at(cell) ?? -1] ?? other),
        ),
      ),
    ];
  };
};

const normalizer: Operator = (node) => {
  const norm = text(node, 'norm', 'MAX');
  return (inputs) => {
    const value = numbersIn(node, inputs, 0);
    const size = new Float64Array(rowsOf(value));
    for (const column of value.columns)
      for (let row = 0; row < size.length; row++) {
        const x = Math.abs(column[row]!);
        size[row] = norm === 'MAX' ? Math.max(size[row]!, x) : size[row]! + (norm === 'L2' ? x * x : x);
      }
    if (norm === 'L2') size.forEach((sum, row) => (size[row] = Math.sqrt(sum)));
    return [
      numbersValue(
        value.columns.map((column) => column.map((x, row) => (size[row] === 0 ? x : x / size[row]!))),
      ),
    ];
  };
};

/** Scores of each output: intercept + Σ coefficient · feature. */
function linear(node: Node): (features: Numbers) => Float64Array[] {
  const coefficients = numbers(node, 'coefficients');
  const given = numbers(node, 'intercepts');
  const outputs = given.length > 0 ? given.length : number(node, 'targets', 1);
  return (features) => {
    const width = features.columns.length;
    if (coefficients.length !== outputs * width)
      throw unsupported(
        node,
        `${coefficients.length} coefficients for ${outputs} outputs of ${width} features`,
      );
    const rows = rowsOf(features);
    return Array.from({ length: outputs }, (_, k) => {
      const sum = new Float64Array(rows).fill(given[k] ?? 0);
      for (let f = 0; f < width; f++) {
        const weight = coefficients[k * width + f]!;
        const column = features.columns[f]!;
        if (weight !== 0) for (let row = 0; row < rows; row++) sum[row]! += weight * column[row]!;
      }
      return sum;
    });
  };
}

const linearRegressor: Operator = (node) => {
  if (text(node, 'post_transform', 'NONE') !== 'NONE')
    throw unsupported(node, 'a transformation of the result');
  const score = linear(node);
  return (inputs) => [numbersValue(score(numbersIn(node, inputs, 0)))];
};

const linearClassifier: Operator = (node) => {
  const score = linear(node);
  const labels = labelsOf(node);
  const transform = text(node, 'post_transform', 'NONE');
  return (inputs) => {
    const scores = classScores(node, score(numbersIn(node, inputs, 0)), labels.length, transform, false);
    return [labelled(labels, scores), numbersValue(scores)];
  };
};

/** Class labels of a classifier's node. */
export function labelsOf(node: Node): readonly (string | number)[] {
  const words = texts(node, 'classlabels_strings');
  if (words.length > 0) return words;
  const codes = numbers(node, 'classlabels_int64s');
  return codes.length > 0 ? codes : numbers(node, 'classlabels_ints');
}

/** The label with the greatest score; the first one on a tie. */
export function labelled(labels: readonly (string | number)[], scores: readonly Float64Array[]): Value {
  const rows = scores[0]?.length ?? 0;
  const best = new Int32Array(rows);
  for (let c = 1; c < scores.length; c++)
    for (let row = 0; row < rows; row++) if (scores[c]![row]! > scores[best[row]!]![row]!) best[row] = c;
  return typeof labels[0] === 'string'
    ? textsValue([Array.from(best, (c) => labels[c] as string)])
    : numbersValue([Float64Array.from(best, (c) => labels[c] as number)]);
}

export const ML_OPERATORS: Readonly<Record<string, Operator>> = {
  Scaler: scaler,
  Imputer: imputer,
  OneHotEncoder: oneHot,
  LabelEncoder: labelEncoder,
  Normalizer: normalizer,
  Binarizer: (node) => {
    const threshold = number(node, 'threshold', 0);
    return (inputs) => [mapped(numbersIn(node, inputs, 0), (value) => Number(value > threshold))];
  },
  LinearRegressor: linearRegressor,
  LinearClassifier: linearClassifier,
  ArrayFeatureExtractor: (node) => (inputs) => [picked(inputs[0]!, numbersIn(node, inputs, 1))],
  FeatureVectorizer: () => (inputs) => [
    numbersValue(inputs.flatMap((input) => (input.kind === 'numbers' ? input.columns : []))),
  ],
  // A list of maps for each row says the same as the columns, which the caller names.
  ZipMap: () => (inputs) => inputs.slice(0, 1),
};
