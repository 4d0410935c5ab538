/** Weighted squared distances to fixed points, which naive Bayes and k-means share: core operators only. */
import { coreNode, floats, int, ints } from './attributes';
import type { Node } from './model';

/**
 * `output` has a column per point: Σ precision · (feature − point)².
 * @param points per point, one number per feature @param precisions the same shape
 */
export function distanceNodes(
  input: string,
  output: string,
  points: readonly (readonly number[])[],
  precisions: readonly (readonly number[])[],
): Node[] {
  const parts = points.map((_, p) => `${output}_${p}`);
  return [
    coreNode('Constant', [], `${output}_axis`, { value_ints: ints([1]) }),
    ...points.flatMap((point, p): Node[] => {
      const name = `${output}_${p}`;
      return [
        coreNode('Constant', [], `${name}_point`, { value_floats: floats(point) }),
        coreNode('Constant', [], `${name}_precision`, { value_floats: floats(precisions[p] ?? []) }),
        coreNode('Sub', [input, `${name}_point`], `${name}_gap`),
        coreNode('Mul', [`${name}_gap`, `${name}_gap`], `${name}_square`),
        coreNode('Mul', [`${name}_square`, `${name}_precision`], `${name}_scaled`),
        coreNode('ReduceSum', [`${name}_scaled`, `${output}_axis`], name, { keepdims: int(1) }),
      ];
    }),
    coreNode('Concat', parts, output, { axis: int(1) }),
  ];
}
