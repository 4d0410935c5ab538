/** What classifiers of ai.onnx.ml make of their raw scores. ONNX Runtime's `write_scores` (ml_common.h). */
import { probabilitiesOf } from '../../probabilities';
import type { Node } from '../model';
import { unsupported } from './operator';

const sigmoid = (value: number) => 1 / (1 + Math.exp(-value));

/**
 * One column per class. A single score of two classes is that of the second: its complement to 1 when all weights are
 * positive (they are shares then), else its negative.
 */
export function classScores(
  node: Node,
  raw: readonly Float64Array[],
  classes: number,
  transform: string,
  positive: boolean,
): Float64Array[] {
  const [first] = raw;
  if (raw.length === 1 && classes === 2 && first !== undefined) {
    if (positive) return [first.map((value) => 1 - value), first];
    if (transform === 'LOGISTIC') return [first.map((value) => sigmoid(-value)), first.map(sigmoid)];
    if (transform === 'SOFTMAX') return probabilitiesOf([first.map((value) => -value), first]);
    return [first.map((value) => -value), first];
  }
  switch (transform) {
    case 'NONE':
      return [...raw];
    case 'LOGISTIC':
      return raw.map((column) => column.map(sigmoid));
    case 'SOFTMAX':
      return probabilitiesOf(raw);
    case 'SOFTMAX_ZERO':
      return softmaxWithoutZeros(raw);
    default:
      throw unsupported(node, `the transformation ${transform}`);
  }
}

/** Scores of 0 stay 0. */
function softmaxWithoutZeros(raw: readonly Float64Array[]): Float64Array[] {
  const result = raw.map((column) => new Float64Array(column.length));
  for (let row = 0; row < (raw[0]?.length ?? 0); row++) {
    const highest = Math.max(...raw.map((column) => column[row]!));
    let sum = 0;
    raw.forEach((column, c) => {
      const value = column[row]!;
      const power = Math.abs(value) > 1e-7 ? Math.exp(value - highest) : value * Math.exp(-highest);
      result[c]![row] = power;
      sum += power;
    });
    if (sum !== 0) for (const column of result) column[row]! /= sum;
  }
  return result;
}
