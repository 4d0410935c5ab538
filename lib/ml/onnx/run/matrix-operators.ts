/** Products with a constant matrix: the layers of small networks. */
import type { Node } from '../model';
import { number, numbersIn, unsupported, type Operator } from './operator';
import { elementwise, numbersValue, rowsOf, type Numbers } from './value';

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

export const MATRIX_OPERATORS: Readonly<Record<string, Operator>> = {
  MatMul: matMul,
  Gemm: gemm,
};
