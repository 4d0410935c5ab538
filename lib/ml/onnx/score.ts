/**
 * Scores raw rows with an ONNX file: those of ours, and models made elsewhere (scikit-learn, XGBoost, LightGBM, PyTorch) of
 * the operators that are known here.
 */
import { InvalidDataset } from '../../data/invalid-dataset';
import { sliceColumn, type RawColumn } from '../raw-column';
import { InvalidModel } from './invalid-model';
import { readOnnx, type GraphInput, type OnnxFile } from './read-model';
import { compileGraph } from './run/compile';
import { numbersValue, textsValue, type Value } from './run/value';

/**
 * Of a classifier the probability of each class, in the order of the model's classes; of other models one number: an
 * array of rows each.
 * @throws InvalidDataset when a column is missing @throws InvalidModel when the file cannot be read or run
 */
export function scoreOnnx(bytes: Uint8Array, columns: readonly RawColumn[]): Float64Array[] {
  return onnxScorer(bytes)(columns);
}

/** The same for a file that is used again and again: it is read once. @throws InvalidModel */
export function onnxScorer(bytes: Uint8Array): (columns: readonly RawColumn[]) => Float64Array[] {
  const file = readOnnx(bytes);
  const run = compileGraph(file, [resultOf(file)]);
  const places = new Int32Array(file.inputs.length);
  const scoreBlock = (columns: readonly RawColumn[]): readonly Float64Array[] => {
    const [result] = run(inputsOf(file.inputs, columns, places));
    if (result?.kind !== 'numbers')
      throw new InvalidModel(
        'The result of the model is a text; a model of numbers or probabilities is needed.',
      );
    return result.columns;
  };
  return (columns) => {
    const rows = columns[0]?.values.length ?? 0;
    if (rows <= BLOCK) return [...scoreBlock(columns)];
    const results: Float64Array[] = [];
    for (let from = 0; from < rows; from += BLOCK) {
      const to = Math.min(rows, from + BLOCK);
      const block = columns.map((column) => sliceColumn(column, from, to));
      scoreBlock(block).forEach((values, k) => {
        results[k] ??= new Float64Array(rows);
        // One value counts for all rows.
        if (values.length === 1) results[k].fill(values[0]!, from, to);
        else results[k].set(values, from);
      });
    }
    return results;
  };
}

/** Rows scored at a time: what the operators make between raw columns and the result stays small. */
const BLOCK = 4096;

/** The value with the probabilities of a classifier, or the number of another model. @throws InvalidModel */
function resultOf({ nodes, outputs }: OnnxFile): string {
  const made = new Set(nodes.flatMap((node) => node.outputs));
  for (const name of ['probabilities', 'prediction']) if (made.has(name)) return name;
  const maps = nodes.find((node) => node.op === 'ZipMap' && outputs.includes(node.outputs[0] ?? ''));
  if (maps?.inputs[0] !== undefined) return maps.inputs[0];
  // A classifier's first output is the label.
  const name = outputs.find((one) => /prob|score/i.test(one)) ?? outputs.at(-1);
  if (name === undefined) throw new InvalidModel('The model has no output.');
  return name;
}

/**
 * Values of the inputs of a graph.
 * @param places where the columns were the last time, by input: they are looked for there first
 * @throws InvalidDataset when a column is missing
 */
export function inputsOf(
  inputs: readonly GraphInput[],
  columns: readonly RawColumn[],
  places = new Int32Array(inputs.length),
): Value[] {
  const [first] = inputs;
  // A model made elsewhere takes one matrix: the columns in their order.
  if (inputs.length === 1 && first !== undefined && !columns.some(({ name }) => name === first.name))
    return [matrixOf(first, columns)];
  return inputs.map((input, i) => {
    const kind = input.type === 'string' ? 'text' : 'number';
    if (columns[places[i]!]?.name !== input.name)
      places[i] = columns.findIndex(({ name }) => name === input.name);
    const column = columns[places[i]!];
    if (column === undefined || column.kind !== kind)
      throw new InvalidDataset(`The dataset has no ${kind} column '${input.name}', which the model takes.`);
    return valueOf(column);
  });
}

function matrixOf({ name, type, width }: GraphInput, columns: readonly RawColumn[]): Value {
  const kind = type === 'string' ? 'text' : 'number';
  const wrong = columns.find((column) => column.kind !== kind);
  if (wrong !== undefined || columns.length === 0 || (width !== null && width !== columns.length))
    throw new InvalidDataset(
      width === null || width === 1
        ? `The dataset has no ${kind} column '${name}', which the model takes.`
        : `The model takes ${width} ${kind} columns as '${name}'; the dataset has ${columns.length}${wrong === undefined ? '' : `, of which '${wrong.name}' is a ${wrong.kind}`}.`,
    );
  const values = columns.map(valueOf);
  return kind === 'text'
    ? textsValue(values.flatMap((value) => (value.kind === 'texts' ? value.columns : [])))
    : numbersValue(values.flatMap((value) => (value.kind === 'numbers' ? value.columns : [])));
}

/** Numbers as float32; a missing one is NaN. */
function valueOf(column: RawColumn): Value {
  if (column.kind === 'text') return textsValue([column.values]);
  const { values } = column;
  const numbers = new Float64Array(values.length);
  for (let row = 0; row < numbers.length; row++) {
    const value = values[row];
    numbers[row] = typeof value === 'number' ? Math.fround(value) : Number.NaN;
  }
  return numbersValue([numbers]);
}
