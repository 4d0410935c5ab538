/** TreeEnsembleClassifier and -Regressor: their nodes become our trees once, which then run for each batch. */
import { previousFloat } from '../../float32';
import { addTrees } from '../../trees/predict-trees';
import { TreeBuilder, type Tree } from '../../trees/tree';
import { InvalidModel } from '../invalid-model';
import type { Node } from '../model';
import { labelled, labelsOf } from './ml-operators';
import { nameOf, number, numbers, numbersIn, text, texts, unsupported, type Operator } from './operator';
import { classScores } from './post-transform';
import { numbersValue, rowsOf, type Numbers } from './value';

/** How a mode becomes "goes left when <= or =": which float32 to compare with, and whether the sides change places. */
const MODES: Readonly<
  Record<string, { readonly equals: boolean; readonly below: boolean; readonly swapped: boolean }>
> = {
  BRANCH_LEQ: { equals: false, below: false, swapped: false },
  BRANCH_LT: { equals: false, below: true, swapped: false },
  BRANCH_GTE: { equals: false, below: true, swapped: true },
  BRANCH_GT: { equals: false, below: false, swapped: true },
  BRANCH_EQ: { equals: true, below: false, swapped: false },
  BRANCH_NEQ: { equals: true, below: false, swapped: true },
};

export interface Ensemble {
  readonly trees: readonly Tree[];
  readonly outputs: number;
  /** Added to each output. */
  readonly base: readonly number[];
  /** The output that all leaves are for, when they are for one. */
  readonly only: number | undefined;
  /** Whether no leaf is negative. */
  readonly positive: boolean;
}

/** @throws InvalidModel for a mode that is none, and for trees that do not hang together */
export function ensembleOf(node: Node, kind: 'class' | 'target', outputs: number): Ensemble {
  const builders = new Map<number, { tree: TreeBuilder; nodes: Map<number, number> }>();
  const ids = numbers(node, 'nodes_treeids');
  const nodeIds = numbers(node, 'nodes_nodeids');
  const modes = texts(node, 'nodes_modes');
  const builderOf = (id: number) => {
    const found = builders.get(id) ?? { tree: new TreeBuilder(outputs), nodes: new Map<number, number>() };
    builders.set(id, found);
    return found;
  };
  ids.forEach((id, i) => {
    const { tree, nodes } = builderOf(id);
    nodes.set(nodeIds[i]!, tree.leaf());
  });
  const feature = numbers(node, 'nodes_featureids');
  const value = numbers(node, 'nodes_values');
  const yes = numbers(node, 'nodes_truenodeids');
  const no = numbers(node, 'nodes_falsenodeids');
  const tracksTrue = numbers(node, 'nodes_missing_value_tracks_true');
  modes.forEach((mode, i) => {
    if (mode === 'LEAF') return;
    const how = MODES[mode];
    if (how === undefined) throw unsupported(node, `the mode ${mode}`);
    const { tree, nodes } = builderOf(ids[i]!);
    const child = (id: number) => {
      const at = nodes.get(id);
      if (at === undefined || at === 0)
        throw new InvalidModel(
          `The node ${nameOf(node)} names ${id} as a child in tree ${ids[i]}, where it cannot be.`,
        );
      return at;
    };
    const [left, right] = how.swapped ? [no[i]!, yes[i]!] : [yes[i]!, no[i]!];
    const missingTrue = tracksTrue[i] === 1;
    tree.split(
      nodes.get(nodeIds[i]!)!,
      {
        feature: feature[i]!,
        threshold: how.below ? previousFloat(value[i]!) : value[i]!,
        equals: how.equals,
        missingLeft: how.swapped ? !missingTrue : missingTrue,
      },
      child(left),
      child(right),
    );
  });
  const leafOutputs = numbers(node, `${kind}_ids`);
  const leafTrees = numbers(node, `${kind}_treeids`);
  const leafNodes = numbers(node, `${kind}_nodeids`);
  const weights = numbers(node, `${kind}_weights`);
  const average = text(node, 'aggregate_function', 'SUM') === 'AVERAGE' ? builders.size : 1;
  weights.forEach((weight, i) => {
    const found = builders.get(leafTrees[i]!);
    const at = found?.nodes.get(leafNodes[i]!);
    if (found === undefined || at === undefined || leafOutputs[i]! >= outputs)
      throw new InvalidModel(
        `The node ${nameOf(node)} has a weight for a leaf or an output that there is not.`,
      );
    found.tree.value[at * outputs + leafOutputs[i]!]! += weight / average;
  });
  return {
    trees: [...builders.values()].map(({ tree }) => tree.finish()),
    outputs,
    base: numbers(node, 'base_values'),
    only: leafOutputs.every((output) => output === leafOutputs[0]) ? leafOutputs[0] : undefined,
    positive: weights.every((weight) => weight >= 0),
  };
}

function sums({ trees, outputs, base }: Ensemble, features: Numbers): Float64Array[] {
  const rows = rowsOf(features);
  const scores = Array.from({ length: outputs }, (_, k) => new Float64Array(rows).fill(base[k] ?? 0));
  addTrees(trees, { rows, columns: features.columns }, scores);
  return scores;
}

const classifier: Operator = (node) => {
  const labels = labelsOf(node);
  const transform = text(node, 'post_transform', 'NONE');
  const ensemble = ensembleOf(node, 'class', Math.max(1, labels.length));
  const single = labels.length === 2 && ensemble.only !== undefined;
  const base = single && ensemble.base.length === 1 ? ensemble.base[0]! : 0;
  return (inputs) => {
    const features = numbersIn(node, inputs, 0);
    const all = sums(single ? { ...ensemble, base: [] } : ensemble, features);
    const raw = single ? [all[ensemble.only!]!.map((value) => value + base)] : all;
    const scores = classScores(node, raw, labels.length, transform, single && ensemble.positive);
    return [labelled(labels, scores), numbersValue(scores)];
  };
};

const regressor: Operator = (node) => {
  const aggregate = text(node, 'aggregate_function', 'SUM');
  if (!['SUM', 'AVERAGE'].includes(aggregate) || text(node, 'post_transform', 'NONE') !== 'NONE')
    throw unsupported(node, `the function ${aggregate}, or a transformation of the result`);
  const ensemble = ensembleOf(node, 'target', number(node, 'n_targets', 1));
  return (inputs) => [numbersValue(sums(ensemble, numbersIn(node, inputs, 0)))];
};

export const TREE_OPERATORS: Readonly<Record<string, Operator>> = {
  TreeEnsembleClassifier: classifier,
  TreeEnsembleRegressor: regressor,
};
