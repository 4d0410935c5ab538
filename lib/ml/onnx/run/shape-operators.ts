/** Operators of ai.onnx that choose, join and rename columns. Tensors of three and more dimensions are none of them. */
import type { Node } from '../model';
import { number, numbers, numbersIn, unsupported, type Operator } from './operator';
import { constantOf, mapped, numbersValue, textsValue, type Numbers, type Value } from './value';

const same: Operator = () => (inputs) => inputs.slice(0, 1);

/** Only shapes that leave rows and columns as they are. */
const reshape: Operator = (node, constant) => {
  const shape = constant(1);
  const dims = shape?.kind === 'numbers' ? shape.columns.map((column) => column[0]!) : undefined;
  return (inputs) => {
    const width = inputs[0]!.columns.length;
    const wanted = dims ?? [];
    const last = wanted.at(-1);
    const fits =
      dims === undefined ||
      inputs[0]!.constant ||
      (wanted.length === 1 ? width === 1 : wanted.length === 2 && (last === width || last === -1));
    if (!fits) throw unsupported(node, `the shape [${wanted.join(', ')}] for ${width} columns`);
    return inputs.slice(0, 1);
  };
};

const cast: Operator = (node) => {
  const to = number(node, 'to', 1);
  return (inputs) => {
    const value = inputs[0]!;
    const { constant: known } = value;
    if (to === 8)
      return [
        value.kind === 'texts'
          ? value
          : textsValue(
              value.columns.map((column) => Array.from(column, String)),
              known,
            ),
      ];
    if (value.kind === 'texts') {
      const parsed = (cell: string | null) => (cell === null ? Number.NaN : Number(cell));
      return [
        numbersValue(
          value.columns.map((column) => Float64Array.from(column, parsed)),
          known,
        ),
      ];
    }
    if (to === 11) return [value];
    const convert = to === 1 ? Math.fround : to === 9 ? (x: number) => Number(x !== 0) : Math.trunc;
    return [mapped(value, convert)];
  };
};

const constant: Operator = (node) => {
  const tensor = node.attributes['value'];
  const value =
    tensor?.kind === 'tensor'
      ? constantOf(tensor.dims, tensor.data)
      : node.attributes['value_float'] !== undefined || node.attributes['value_int'] !== undefined
        ? constantOf([], [...numbers(node, 'value_float'), ...numbers(node, 'value_int')])
        : stringsOf(node);
  return () => [value];
};

function stringsOf(node: Node): Value {
  const list = node.attributes['value_strings'];
  if (list?.kind === 'strings') return constantOf([list.value.length], list.value);
  const data = [...numbers(node, 'value_floats'), ...numbers(node, 'value_ints')];
  return constantOf([data.length], data);
}

/** Columns by constant numbers, or of a constant list those that each row names. */
export function picked(value: Value, index: Numbers): Value {
  const build = value.kind === 'numbers' ? numbersValue : textsValue;
  if (index.constant) {
    const columns = index.columns.flatMap((column) =>
      Array.from(column, (at) => value.columns[at < 0 ? value.columns.length + at : at]!),
    );
    return (build as (columns: readonly unknown[], constant: boolean) => Value)(columns, value.constant);
  }
  if (value.kind === 'numbers')
    return numbersValue(index.columns.map((rows) => Float64Array.from(rows, (at) => value.columns[at]![0]!)));
  return textsValue(index.columns.map((rows) => Array.from(rows, (at) => value.columns[at]![0]!)));
}

const slice: Operator = (node, known) => {
  const list = (at: number, name: string) => {
    const value = known(at);
    return value?.kind === 'numbers' ? value.columns.map((column) => column[0]!) : numbers(node, name);
  };
  const [start = 0] = list(1, 'starts');
  const [end = Infinity] = list(2, 'ends');
  const [axis = 0] = list(3, 'axes');
  const [step = 1] = list(4, 'steps');
  if ((axis !== 1 && axis !== -1) || step !== 1) throw unsupported(node, `axis ${axis} and step ${step}`);
  return ([value]) => [{ ...value!, columns: value!.columns.slice(start, end) } as Value];
};

const split: Operator = (node, known) => {
  const value = known(1);
  const given =
    value?.kind === 'numbers' ? value.columns.map((column) => column[0]!) : numbers(node, 'split');
  return ([input]) => {
    const width = input!.columns.length / node.outputs.length;
    let at = 0;
    return node.outputs.map((_, i) => {
      const columns = input!.columns.slice(at, (at += given[i] ?? width));
      return { ...input!, columns } as Value;
    });
  };
};

export const SHAPE_OPERATORS: Readonly<Record<string, Operator>> = {
  Identity: same,
  Flatten: same,
  Squeeze: same,
  Unsqueeze: same,
  Dropout: same,
  Reshape: reshape,
  Cast: cast,
  Constant: constant,
  Concat: () => (inputs) => [
    inputs[0]?.kind === 'texts'
      ? textsValue(inputs.flatMap((input) => (input.kind === 'texts' ? input.columns : [])))
      : numbersValue(
          inputs.flatMap((input) => (input.kind === 'numbers' ? input.columns : [])),
          inputs.every((input) => input.constant),
        ),
  ],
  Split: split,
  Slice: slice,
  Gather: (node) => (inputs) => [picked(inputs[0]!, numbersIn(node, inputs, 1))],
};
