/** The part of an ONNX graph after `features`: outputs `label` and `probabilities`. */
import type { ClassifierModel } from '../model';
import type { NaiveBayesModel } from '../naive-bayes';
import { coreNode, floats, int, ints, mlNode, string, strings } from './attributes';
import { distanceNodes } from './distance-nodes';
import type { Node } from './model';
import { neighbourClassNodes } from './neighbour-nodes';
import { leafAttributes, treeAttributes } from './tree-nodes';

const OUTPUTS = ['label', 'probabilities'];
/**
 * ONNX Runtime labels two classes of trees by whether the second has any score at all, unless its one score is a margin
 * (TreeAggregatorClassifier). So the label is taken from the probabilities, see `labelNodes`.
 */
const TREE_OUTPUTS = ['label_of_trees', 'probabilities'];
/** Stands for the logarithm of 0, which an attribute cannot say. */
const LOG_ZERO = -100;

export function classifierNodes(model: ClassifierModel, classes: readonly string[], width: number): Node[] {
  const labels = { classlabels_strings: strings(classes) };
  switch (model.algorithm) {
    case 'logistic-regression': {
      // Two classes: the scores of both, so that softmax of (0, z) is the sigmoid of z.
      const rows =
        model.coefficients.length === 1
          ? [(model.coefficients[0] ?? []).map(() => 0), model.coefficients[0] ?? []]
          : model.coefficients;
      return [linearClassifier(rows, classes)];
    }
    case 'dummy':
      return [
        linearClassifier(
          model.probabilities.map((p) => [
            ...new Array<number>(width).fill(0),
            p === 0 ? LOG_ZERO : Math.log(p),
          ]),
          classes,
        ),
      ];
    case 'decision-tree':
    case 'random-forest':
    case 'extra-trees':
      return [
        mlNode('TreeEnsembleClassifier', ['features'], TREE_OUTPUTS, {
          ...treeAttributes(model.trees),
          ...leafAttributes('class', model.trees, (give, share, output) =>
            give(output, share / model.trees.length),
          ),
          ...labels,
          post_transform: string('NONE'),
        }),
        ...labelNodes('probabilities', classes),
      ];
    case 'gradient-boosting': {
      const binary = model.base.length === 1;
      const trees = model.trees.flat();
      // Two classes: the raw score of the second against 0 of the first, through softmax. The base score lies in
      // the leaves of the first tree: ONNX Runtime gives two base values a meaning of its own.
      return [
        mlNode('TreeEnsembleClassifier', ['features'], TREE_OUTPUTS, {
          ...treeAttributes(trees),
          ...leafAttributes('class', trees, (give, value, _output, t) => {
            if (!binary) return give(t % model.base.length, value);
            // Every class must be named by some leaf, or the ensemble counts as binary.
            give(0, 0);
            give(1, value + (t === 0 ? (model.base[0] ?? 0) : 0));
          }),
          ...(binary ? {} : { base_values: floats(model.base) }),
          ...labels,
          post_transform: string('SOFTMAX'),
        }),
        ...labelNodes('probabilities', classes),
      ];
    }
    case 'naive-bayes':
      return naiveBayes(model, classes);
    case 'nearest-neighbours':
      return [...neighbourClassNodes(model), ...labelNodes('probabilities', classes)];
  }
}

/** @param rows per class: weights of the features, then the intercept */
function linearClassifier(rows: readonly (readonly number[])[], classes: readonly string[]): Node {
  return mlNode('LinearClassifier', ['features'], OUTPUTS, {
    coefficients: floats(rows.flatMap((row) => row.slice(0, -1))),
    intercepts: floats(rows.map((row) => row.at(-1) ?? 0)),
    classlabels_strings: strings(classes),
    multi_class: int(0),
    post_transform: string('SOFTMAX'),
  });
}

function naiveBayes(model: NaiveBayesModel, classes: readonly string[]): Node[] {
  const precisions = model.variances.map((row) => row.map((variance) => -0.5 / variance));
  const constants = model.logPriors.map((prior, c) =>
    (model.variances[c] ?? []).reduce((sum, variance) => sum - 0.5 * Math.log(2 * Math.PI * variance), prior),
  );
  return [
    ...distanceNodes('features', 'exponents', model.means, precisions),
    coreNode('Constant', [], 'constants', { value_floats: floats(constants) }),
    coreNode('Add', ['exponents', 'constants'], 'likelihoods'),
    coreNode('Softmax', ['likelihoods'], 'probabilities', { axis: int(1) }),
    ...labelNodes('likelihoods', classes),
  ];
}

/** `label`: the class with the greatest score, the first one on a tie. */
export function labelNodes(scores: string, classes: readonly string[]): Node[] {
  return [
    coreNode('ArgMax', [scores], 'class', { axis: int(1), keepdims: int(0) }),
    mlNode('LabelEncoder', ['class'], ['label'], {
      keys_int64s: ints(classes.map((_, c) => c)),
      values_strings: strings(classes),
    }),
  ];
}
