/** Operators of ai.onnx that compute with numbers, value by value or over the columns of a row. */
import { probabilitiesOf } from '../../probabilities';
import type { Node } from '../model';
import { number, numbers, numbersIn, textsIn, unsupported, type Operator } from './operator';
import { elementwise, mapped, numbersValue, textsValue, type Texts, type Value } from './value';

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

const where: Operator = (node) => (inputs) => {
  if (inputs[1]?.kind === 'texts') return chosenTexts(node, inputs);
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

function chosenTexts(node: Node, inputs: readonly Value[]): Value[] {
  const [test] = numbersIn(node, inputs, 0).columns;
  const [[yes], [no]] = [textsIn(node, inputs, 1).columns, textsIn(node, inputs, 2).columns];
  const at = (column: Texts, row: number) => column[column.length === 1 ? 0 : row]!;
  return [textsValue([Array.from(test!, (flag, row) => at(flag === 0 ? no! : yes!, row))])];
}

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

export const NUMBER_OPERATORS: Readonly<Record<string, Operator>> = {
  Add: binary((a, b) => a + b),
  Sub: binary((a, b) => a - b),
  Mul: binary((a, b) => a * b),
  Div: binary((a, b) => a / b),
  /** Of whole numbers, with the sign of the second. */
  Mod: binary((a, b) => a - b * Math.floor(a / b)),
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
