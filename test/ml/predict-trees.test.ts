/** Sums of leaves, many rows side by side or one by one, are those of a plain walk. */
import fc from 'fast-check';
import { addTrees } from '../../lib/ml/trees/predict-trees';
import { goesLeft, TreeBuilder, type Tree } from '../../lib/ml/trees/tree';

const SPECIAL = [0, -0, 1, -1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
const number = fc.oneof(fc.constantFrom(...SPECIAL), fc.float({ noNaN: true }).map(Math.fround));

/** A tree that splits at each of some thresholds, to one side or the other. */
const tree = fc
  .array(
    fc.record({
      cut: number,
      feature: fc.integer({ min: 0, max: 2 }),
      left: fc.boolean(),
      equals: fc.boolean(),
      missing: fc.boolean(),
    }),
    { maxLength: 40, size: 'max' },
  )
  .map((splits): Tree => {
    const builder = new TreeBuilder(2);
    let node = builder.leaf();
    splits.forEach(({ cut, feature, left, equals, missing }, i) => {
      const [one, other] = [builder.leaf(), builder.leaf()];
      builder.split(
        node,
        {
          feature,
          threshold: Number.isNaN(cut) ? 0 : cut,
          equals: equals && i % 17 === 16,
          missingLeft: missing,
        },
        one,
        other,
      );
      node = left ? one : other;
    });
    for (let at = 0; at < builder.size; at++) {
      builder.value[at * 2] = at;
      builder.value[at * 2 + 1] = -at;
    }
    return builder.finish();
  });

it('whatever the thresholds and values are', () => {
  fc.assert(
    fc.property(
      fc.array(tree, { maxLength: 3 }),
      fc.array(fc.tuple(number, number, number), { minLength: 1, maxLength: 40, size: 'max' }),
      fc.boolean(),
      (trees, given, many) => {
        const few = given.slice(0, 11);
        const rows = many ? Array.from({ length: 83 }, (_, i) => given[(i * 7) % given.length]!) : few;
        const columns = [0, 1, 2].map((f) => Float64Array.from(rows, (row) => row[f]!));
        const sums = [new Float64Array(rows.length), new Float64Array(rows.length)];
        addTrees(trees, { rows: rows.length, columns }, sums);
        const found: unknown[] = [];
        const all: unknown[] = [];
        rows.forEach((row, i) => {
          let expected = 0;
          for (const one of trees) {
            let node = 0;
            while (one.left[node] !== 0)
              node = goesLeft(one, node, row[one.feature[node]!]!) ? one.left[node]! : one.right[node]!;
            expected += node;
          }
          found.push([sums[0]![i], sums[1]![i]]);
          all.push([expected, expected === 0 ? 0 : -expected]);
        });
        expect(found).toEqual(all);
      },
    ),
    { numRuns: 250 },
  );
});
