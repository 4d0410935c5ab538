/**
 * Numbers imputed, scaled and multiplied in a graph: in doubles, in the order of the column transformer. Scaled ones are the
 * same as there to the last bit, so that a model that looks for equal rows sees them equal.
 */
import { polynomialTerms, type Polynomial } from '../preprocessing/polynomial';
import type { ScaleState } from '../preprocessing/scale';
import { floats, float, mlNode } from './attributes';
import { GraphWriter } from './graph-writer';
import type { Node } from './model';

/** What a fitted step knows of a column. */
export interface ScaledColumn {
  /** The value in the graph, float [rows, 1]. */
  readonly column: string;
  /** `null` leaves missing values to the model. */
  readonly fill: number | null;
  readonly scale: ScaleState;
}

/** `output`, float [rows, 1]. */
export function scaledNodes(column: ScaledColumn, output: string): Node[] {
  const g = new GraphWriter(output);
  g.cast(scaled(g, column, output), 'float', output);
  return g.nodes;
}

/** Outputs `<prefix>_<number>`, float [rows, 1], in the order of the terms. */
export function polynomialNodes(
  columns: readonly ScaledColumn[],
  options: Polynomial,
  prefix: string,
): { readonly nodes: readonly Node[]; readonly outputs: readonly string[] } {
  const g = new GraphWriter(prefix);
  const singles = columns.map((column, i) => scaled(g, column, `${prefix}_column${i}`));
  const outputs = polynomialTerms(columns.length, options).map(([first = 0, ...rest], i) =>
    g.cast(
      rest.reduce((product, f) => g.mul(product, singles[f]!), singles[first]!),
      'float',
      `${prefix}_${i}`,
    ),
  );
  return { nodes: g.nodes, outputs };
}

export function imputerNode(column: string, fill: number, output: string): Node {
  return mlNode('Imputer', [column], [output], {
    imputed_value_floats: floats([Math.fround(fill)]),
    replaced_value_float: float(Number.NaN),
  });
}

/** A double, [rows, 1]. */
function scaled(g: GraphWriter, { column, fill, scale }: ScaledColumn, name: string): string {
  const filled = fill === null ? column : `${name}__filled`;
  if (fill !== null) g.nodes.push(imputerNode(column, fill, filled));
  const { offset, factor, shift, clip } = scale;
  const stretched = g.add(g.mul(g.sub(g.cast(filled, 'double'), offset), factor), shift);
  return clip === null ? stretched : g.op('Clip', [stretched, g.scalar(clip[0]), g.scalar(clip[1])]);
}
