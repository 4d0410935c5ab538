/** Hashes of texts in a graph, by MurmurHash3 as ONNX Runtime has it (domain com.microsoft), which is scikit-learn's. */
import { int, ints, mlNode, floats, float, strings } from './attributes';
import { GraphWriter } from './graph-writer';
import type { Node } from './model';

/**
 * `output`, float [rows, nFeatures]: ±1 in the column of the hash of `name=text`; an empty text is a missing one, of which all
 * columns are 0 unless there is a `fill`.
 * @param input texts, [rows, 1]
 */
export function hashingNodes(
  input: string,
  {
    name,
    fill,
    nFeatures,
  }: { readonly name: string; readonly fill: string | null; readonly nFeatures: number },
  output: string,
): Node[] {
  const g = new GraphWriter(output);
  const present = `${output}__present`;
  g.nodes.push(
    mlNode('LabelEncoder', [input], [present], {
      keys_strings: strings(['']),
      values_floats: floats([0]),
      default_float: float(1),
    }),
  );
  const text = fill === null ? input : g.op('Where', [g.cast(present, 'bool'), input, g.texts(fill)]);
  const named = g.op('StringConcat', [g.texts(`${name}=`), text]);
  const hash = `${output}__hash`;
  g.nodes.push({
    op: 'MurmurHash3',
    domain: 'com.microsoft',
    inputs: [named],
    outputs: [hash],
    attributes: { positive: int(0), seed: int(0) },
  });
  const wide = g.cast(hash, 'int64');
  const whole = (value: number) => g.op('Constant', [], { value_ints: ints([value]) });
  const bucket = g.op('Mod', [g.op('Abs', [wide]), whole(nFeatures)]);
  g.nodes.push(
    mlNode('OneHotEncoder', [bucket], [`${output}__onehot`], {
      cats_int64s: ints(Array.from({ length: nFeatures }, (_, i) => i)),
      zeros: int(1),
    }),
  );
  const flags = g.op('Flatten', [`${output}__onehot`], { axis: int(1) });
  const positive = g.cast(g.op('GreaterOrEqual', [wide, whole(0)]), 'float');
  const two = g.op('Constant', [], { value_floats: floats([2]) });
  const one = g.op('Constant', [], { value_floats: floats([1]) });
  const sign = g.op('Sub', [g.op('Mul', [positive, two]), one]);
  g.op('Mul', [flags, fill === null ? g.op('Mul', [sign, present]) : sign], {}, output);
  return g.nodes;
}
