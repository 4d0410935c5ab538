/** Operators of ai.onnx on tables of rows. Tensors of three and more dimensions are none of them. */
import { probabilitiesOf } from '../../probabilities';
import type { Node } from '../model';
import { number, numbers, numbersIn, unsupported, type Operator } from './operator';
import {
  constantOf,
  elementwise,
  mapped,
  numbersValue,
  rowsOf,
  textsValue,
  type Numbers,
  type Value,
} from './value';

const binary =
  (apply: (a: number, b: number) => number): Operator =>
  (node) =>
  (inputs) => [elementwise(numbersIn(node, inputs, 0), numbersIn(node, inputs, 1), apply)];

const unary =
  (apply: (value: number) => number): Operator =>
  (node) =>
  (inputs) => [mapped(numbersIn(node, inputs, 0), apply)];

const folded =
  (apply: (a: number, b: number) => number): Operator =>
  (node) =>
  (inputs) => [
    inputs.map((_, i) => numbersIn(node, inputs, i)).reduce((left, right) => elementwise(left, right, apply)),
  ];

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

const reduce =
  (
    start: number,
    apply: (a: number, b: number) => number,
    end: (value: number, count: number) => number,
  ): Operator =>
  (node, constant) => {
    const given = constant(1);
    const axes =
      given?.kind === 'numbers' ? given.columns.map((column) => column[0]!) : numbers(node, 'axes');
    if (axes.length !== 1 || (axes[0] !== 1 && axes[0] !== -1))
      throw unsupported(node, `the axes [${axes.join(', ')}]`);
    return (inputs) => {
      const { columns, constant: known } = numbersIn(node, inputs, 0);
      const result = new Float64Array(columns[0]?.length ?? 0).fill(start);
      for (const column of columns)
        for (let row = 0; row < result.length; row++) result[row] = apply(result[row]!, column[row]!);
      for (let row = 0; row < result.length; row++) result[row] = end(result[row]!, columns.length);
      return [numbersValue([result], known)];
    };
  };

const arg =
  (better: (value: number, best: number) => boolean): Operator =>
  (node) =>
  (inputs) => {
    const { columns } = numbersIn(node, inputs, 0);
    const best = new Float64Array(columns[0]?.length ?? 0);
    for (let c = 1; c < columns.length; c++)
      for (let row = 0; row < best.length; row++)
        if (better(columns[c]![row]!, columns[best[row]!]![row]!)) best[row] = c;
    return [numbersValue([best])];
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

/** a · b for a constant b. */
function product(node: Node, b: Numbers, transposed: boolean, alpha: number): (a: Numbers) => Float64Array[] {
  // One list of weights per output, in the order of a's columns.
  const weights = transposed
    ? Array.from({ length: rowsOf(b) }, (_, out) =>
        Float64Array.from(b.columns, (column) => alpha * column[out]!),
      )
    : b.columns.map((column) => column.map((value) => alpha * value));
  return (a) => {
    const rows = rowsOf(a);
    return weights.map((weight) => {
      if (weight.length !== a.columns.length)
        throw unsupported(node, `a matrix of ${weight.length} rows for ${a.columns.length} columns`);
      const sum = new Float64Array(rows);
      for (let f = 0; f < weight.length; f++) {
        const w = weight[f]!;
        const column = a.columns[f]!;
        if (w !== 0) for (let row = 0; row < rows; row++) sum[row]! += w * column[row]!;
      }
      return sum;
    });
  };
}

const matMul: Operator = (node, known) => {
  const b = known(1);
  if (b?.kind !== 'numbers') throw unsupported(node, 'a second matrix that depends on the rows');
  const multiply = product(node, b, false, 1);
  return (inputs) => [numbersValue(multiply(numbersIn(node, inputs, 0)))];
};

const gemm: Operator = (node, known) => {
  const b = known(1);
  if (b?.kind !== 'numbers' || number(node, 'transA', 0) !== 0)
    throw unsupported(node, 'a second matrix that depends on the rows, or a transposed first one');
  const multiply = product(node, b, number(node, 'transB', 0) === 1, number(node, 'alpha', 1));
  const beta = number(node, 'beta', 1);
  return (inputs) => {
    const result = numbersValue(multiply(numbersIn(node, inputs, 0)));
    if (inputs.length < 3) return [result];
    return [elementwise(result, numbersIn(node, inputs, 2), (x, c) => x + beta * c)];
  };
};

/** Columns by constant numbers, or of a constant list the one that each row names. */
export function picked(value: Value, index: Numbers): Value {
  const build = value.kind === 'numbers' ? numbersValue : textsValue;
  if (index.constant) {
    const columns = index.columns.flatMap((column) =>
      Array.from(column, (at) => value.columns[at < 0 ? value.columns.length + at : at]!),
    );
    return (build as (columns: readonly unknown[], constant: boolean) => Value)(columns, value.constant);
  }
  const [rows] = index.columns;
  if (value.kind === 'numbers')
    return numbersValue([Float64Array.from(rows!, (at) => value.columns[at]![0]!)]);
  return textsValue([Array.from(rows!, (at) => value.columns[at]![0]!)]);
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

const where: Operator = (node) => (inputs) => {
  const parts = [numbersIn(node, inputs, 0), numbersIn(node, inputs, 1), numbersIn(node, inputs, 2)];
  const width = Math.max(...parts.map(({ columns }) => columns.length));
  return [
    numbersValue(
      Array.from({ length: width }, (_, f) => {
        const [test, yes, no] = parts.map(({ columns }) => columns[columns.length === 1 ? 0 : f]!) as [
          Float64Array,
          Float64Array,
          Float64Array,
        ];
        const at = (column: Float64Array, row: number) => column[column.length === 1 ? 0 : row]!;
        return Float64Array.from({ length: Math.max(test.length, yes.length, no.length) }, (_row, row) =>
          at(test, row) === 0 ? at(no, row) : at(yes, row),
        );
      }),
    ),
  ];
};

const equal: Operator = (node) => (inputs) => {
  const [a, b] = inputs;
  if (a?.kind === 'texts' && b?.kind === 'texts')
    return [
      numbersValue(
        Array.from({ length: Math.max(a.columns.length, b.columns.length) }, (_, f) => {
          const left = a.columns[a.columns.length === 1 ? 0 : f]!;
          const right = b.columns[b.columns.length === 1 ? 0 : f]!;
          return Float64Array.from({ length: Math.max(left.length, right.length) }, (_row, row) =>
            Number(left[left.length === 1 ? 0 : row] === right[right.length === 1 ? 0 : row]),
          );
        }),
      ),
    ];
  return [elementwise(numbersIn(node, inputs, 0), numbersIn(node, inputs, 1), (x, y) => Number(x === y))];
};

const sigmoid = (value: number) => 1 / (1 + Math.exp(-value));

export const CORE_OPERATORS: Readonly<Record<string, Operator>> = {
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
  MatMul: matMul,
  Gemm: gemm,
  Add: binary((a, b) => a + b),
  Sub: binary((a, b) => a - b),
  Mul: binary((a, b) => a * b),
  Div: binary((a, b) => a / b),
  Pow: binary((a, b) => a ** b),
  Equal: equal,
  Greater: binary((a, b) => Number(a > b)),
  GreaterOrEqual: binary((a, b) => Number(a >= b)),
  Less: binary((a, b) => Number(a < b)),
  LessOrEqual: binary((a, b) => Number(a <= b)),
  And: binary((a, b) => Number(a !== 0 && b !== 0)),
  Or: binary((a, b) => Number(a !== 0 || b !== 0)),
  Not: unary((value) => Number(value === 0)),
  Where: where,
  Sum: folded((a, b) => a + b),
  Min: folded(Math.min),
  Max: folded(Math.max),
  Clip: (node) => (inputs) => {
    const low =
      inputs[1] === undefined ? number(node, 'min', -Infinity) : numbersIn(node, inputs, 1).columns[0]![0]!;
    const high =
      inputs[2] === undefined ? number(node, 'max', Infinity) : numbersIn(node, inputs, 2).columns[0]![0]!;
    return [mapped(numbersIn(node, inputs, 0), (value) => Math.min(high, Math.max(low, value)))];
  },
  Abs: unary(Math.abs),
  Neg: unary((value) => -value),
  Sqrt: unary(Math.sqrt),
  Exp: unary(Math.exp),
  Log: unary(Math.log),
  Erf: unary(erf),
  Floor: unary(Math.floor),
  Ceil: unary(Math.ceil),
  Reciprocal: unary((value) => 1 / value),
  Relu: unary((value) => Math.max(0, value)),
  LeakyRelu: (node) => {
    const alpha = number(node, 'alpha', 0.01);
    return (inputs) => [mapped(numbersIn(node, inputs, 0), (value) => (value < 0 ? alpha * value : value))];
  },
  Elu: (node) => {
    const alpha = number(node, 'alpha', 1);
    return (inputs) => [
      mapped(numbersIn(node, inputs, 0), (value) => (value < 0 ? alpha * Math.expm1(value) : value)),
    ];
  },
  Sigmoid: unary(sigmoid),
  Tanh: unary(Math.tanh),
  Softplus: unary((value) => Math.log1p(Math.exp(-Math.abs(value))) + Math.max(0, value)),
  IsNaN: unary((value) => Number(Number.isNaN(value))),
  Softmax: (node) => (inputs) => {
    const { columns } = numbersIn(node, inputs, 0);
    return [
      numbersValue(
        columns.length === 1 ? columns.map((column) => column.map(() => 1)) : probabilitiesOf(columns),
      ),
    ];
  },
  ArgMax: arg((value, best) => value > best),
  ArgMin: arg((value, best) => value < best),
  ReduceSum: reduce(
    0,
    (a, b) => a + b,
    (value) => value,
  ),
  ReduceMean: reduce(
    0,
    (a, b) => a + b,
    (value, count) => value / count,
  ),
  ReduceMax: reduce(-Infinity, Math.max, (value) => value),
  ReduceMin: reduce(Infinity, Math.min, (value) => value),
  ReduceL2: reduce(0, (a, b) => a + b * b, Math.sqrt),
};

/** By its series below 2, by the continued fraction of the complement beyond. */
function erf(x: number): number {
  const a = Math.abs(x);
  if (a < 2) {
    let term = a;
    let sum = a;
    for (let n = 1; n < 60; n++) {
      term *= (-a * a) / n;
      sum += term / (2 * n + 1);
    }
    return (Math.sign(x) * 2 * sum) / Math.sqrt(Math.PI);
  }
  // Continued fraction of erfc for what is left.
  let fraction = 0;
  for (let n = 60; n >= 1; n--) fraction = n / 2 / (a + fraction);
  return Math.sign(x) * (1 - Math.exp(-a * a) / (Math.sqrt(Math.PI) * (a + fraction)));
}
