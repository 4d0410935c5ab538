/**
 * Graphs of nearest neighbours compare each row with all training rows, feature by feature. What they say is recognised and
 * computed row by row, so that no matrix of rows × training rows is made.
 */
import { nearestRows } from '../../nearest-neighbours';
import type { Node } from '../model';
import { number, numbersIn, text, type Operator } from './operator';
import { numbersValue } from './value';

const OPERATOR = 'NearestRows';

/** The nodes, with one in place of each `TopK` over sums of |x − point| or (x − point)² by feature. */
export function withNearestRows(nodes: readonly Node[]): readonly Node[] {
  if (!nodes.some(({ op }) => op === 'TopK')) return nodes;
  const makers = new Map(nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
  return nodes.map((node) => (node.op === 'TopK' ? (recognised(node, makers) ?? node) : node));
}

function recognised(topK: Node, makers: ReadonlyMap<string, Node>): Node | undefined {
  const [sums = '', count = ''] = topK.inputs;
  const k = makers.get(count)?.attributes['value_ints'];
  if (number(topK, 'largest', 1) !== 0 || k?.kind !== 'ints') return undefined;
  const terms: string[] = [];
  let rest = sums;
  for (let node = makers.get(rest); node?.op === 'Add'; node = makers.get(rest)) {
    terms.unshift(node.inputs[1]!);
    rest = node.inputs[0]!;
  }
  const found = [rest, ...terms].map((term) => gapOf(term, makers));
  const [first] = found;
  if (first === undefined) return undefined;
  const points: number[] = [];
  for (const [f, gap] of found.entries()) {
    if (gap?.source !== first.source || gap.metric !== first.metric) return undefined;
    if (first.source.outputs[f] !== gap.feature) return undefined;
    for (const value of gap.points) points.push(value);
  }
  if (first.source.outputs.length !== found.length) return undefined;
  return {
    op: OPERATOR,
    domain: '',
    inputs: [first.source.inputs[0]!],
    outputs: topK.outputs,
    attributes: {
      k: { kind: 'int', value: k.value[0]! },
      metric: { kind: 'string', value: first.metric },
      points: { kind: 'tensor', dims: [found.length, first.points.length], data: points },
    },
  };
}

/** What a term of the sum says: a feature of the split one, and its distance to constant points. */
function gapOf(term: string, makers: ReadonlyMap<string, Node>) {
  const outer = makers.get(term);
  if (outer?.op !== 'Abs' && (outer?.op !== 'Mul' || outer.inputs[0] !== outer.inputs[1])) return undefined;
  const gap = makers.get(outer.inputs[0]!);
  const [feature = '', points = ''] = gap?.op === 'Sub' ? gap.inputs : [];
  const source = makers.get(feature);
  const cast = makers.get(points);
  const constant = makers.get(cast?.op === 'Cast' ? cast.inputs[0]! : points)?.attributes['value_floats'];
  if (source?.op !== 'Split' || constant?.kind !== 'floats') return undefined;
  const metric = outer.op === 'Abs' ? ('manhattan' as const) : ('euclidean' as const);
  return { feature, source, metric, points: constant.value };
}

const nearest: Operator = (node) => {
  const { points } = node.attributes;
  const [features = 0, count = 0] = points?.kind === 'tensor' ? points.dims : [];
  const data = points?.kind === 'tensor' ? (points.data as readonly number[]) : [];
  const columns = Array.from({ length: features }, (_, f) =>
    Float64Array.from(data.slice(f * count, (f + 1) * count)),
  );
  const k = number(node, 'k', 1);
  const metric = text(node, 'metric', '') === 'manhattan' ? 'manhattan' : 'euclidean';
  return (inputs) => {
    const given = numbersIn(node, inputs, 0).columns;
    // A column of one row counts for all rows.
    const rows = Math.max(...given.map((column) => column.length));
    const full = given.map((column) =>
      column.length === rows ? column : new Float64Array(rows).fill(column[0]!),
    );
    const [distances, places] = [0, 0].map(() => Array.from({ length: k }, () => new Float64Array(rows)));
    nearestRows(columns, full, { k, metric }, (row, near, distance) =>
      near.forEach((place, i) => {
        places![i]![row] = place;
        distances![i]![row] = distance[place]!;
      }),
    );
    return [numbersValue(distances!), numbersValue(places!)];
  };
};

export const NEAREST_OPERATORS: Readonly<Record<string, Operator>> = { [OPERATOR]: nearest };
