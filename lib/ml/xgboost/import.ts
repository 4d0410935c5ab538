import type { GradientBoostingModel, GradientBoostingRegressorModel } from '../gradient-boosting';
import { previousFloat } from '../float32';
import { InvalidModel } from '../onnx/invalid-model';
import { TreeBuilder, type Tree } from '../trees/tree';

type Boosted = GradientBoostingModel | GradientBoostingRegressorModel;

interface XgboostTree {
  readonly default_left: readonly (number | boolean)[];
  readonly left_children: readonly number[];
  readonly right_children: readonly number[];
  readonly split_conditions: readonly number[];
  readonly split_indices: readonly number[];
  readonly sum_hessian: readonly number[];
  readonly split_type?: readonly number[];
}

/**
 * Boosted trees from XGBoost's JSON (`Booster.save_model('model.json')`): binary:logistic, multi:softprob and
 * multi:softmax, reg:squarederror, count:poisson.
 * @throws InvalidModel when it is none of those, or damaged
 */
export function importXgboost(text: string): {
  readonly model: Boosted;
  readonly features: readonly string[];
} {
  const document = parsed(text);
  const { learner } = document;
  const booster = learner?.gradient_booster;
  const trees = booster?.model?.trees;
  if (learner === undefined || booster === undefined || trees === undefined || booster.name !== 'gbtree')
    throw new InvalidModel(
      "The file is no XGBoost model of trees: it has no learner with a 'gbtree' booster.",
    );
  const objective = learner.objective?.name ?? '';
  const param = learner.learner_model_param ?? {};
  const classes = Number(param['num_class'] ?? 0);
  const outputs = Math.max(1, classes);
  const info = booster.model?.tree_info ?? [];
  const rounds = info.length / outputs;
  if (
    !Number.isInteger(rounds) ||
    info.length !== trees.length ||
    info.some((output, i) => output !== i % outputs)
  )
    throw new InvalidModel(
      `The XGBoost model has ${trees.length} trees for ${outputs} outputs, not one for each in turn.`,
    );
  // Newer files write one number for each output, in brackets.
  const given = String(param['base_score'] ?? '0.5')
    .replace(/[[\]]/g, '')
    .split(',')
    .map(Number);
  const base = (link: (score: number) => number) =>
    Array.from({ length: outputs }, (_, k) => Math.fround(link(given[k] ?? given[0]!)));
  const grown = Array.from({ length: rounds }, (_, i) =>
    trees.slice(i * outputs, (i + 1) * outputs).map((tree, k) => treeOf(tree, i * outputs + k)),
  );
  const features = learner.feature_names ?? [];
  const numbers = (loss: 'squared-error' | 'poisson', link: (score: number) => number) => ({
    features,
    model: { algorithm: 'gradient-boosting-regressor' as const, loss, trees: grown, base: base(link) },
  });
  switch (objective) {
    case 'binary:logistic':
      return {
        features,
        model: {
          algorithm: 'gradient-boosting',
          trees: grown,
          classes: 2,
          base: base((p) => Math.log(p / (1 - p))),
        },
      };
    case 'multi:softprob':
    case 'multi:softmax':
      return {
        features,
        model: { algorithm: 'gradient-boosting', trees: grown, classes, base: base((score) => score) },
      };
    case 'reg:squarederror':
      return numbers('squared-error', (score) => score);
    case 'count:poisson':
      return numbers('poisson', Math.log);
    default:
      throw new InvalidModel(
        `The objective '${objective}' of the XGBoost model is not one that is read here.`,
      );
  }
}

interface XgboostFile {
  readonly learner?: {
    readonly feature_names?: readonly string[];
    readonly gradient_booster?: {
      readonly name?: string;
      readonly model?: { readonly trees?: readonly XgboostTree[]; readonly tree_info?: readonly number[] };
    };
    readonly learner_model_param?: Readonly<Record<string, string>>;
    readonly objective?: { readonly name?: string };
  };
}

function parsed(text: string): XgboostFile {
  try {
    return JSON.parse(text) as XgboostFile;
  } catch (cause) {
    throw new InvalidModel(
      `The XGBoost model is no JSON: ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    );
  }
}

function treeOf(from: XgboostTree, nth: number): Tree {
  const { left_children: left, right_children: right } = from;
  const builder = new TreeBuilder(1);
  if (from.split_type?.some((type) => type !== 0) === true)
    throw new InvalidModel(`Tree ${nth} of the XGBoost model splits by categories, which is not read here.`);
  left.forEach((_, node) => builder.leaf(from.sum_hessian?.[node] ?? 0));
  left.forEach((child, node) => {
    const other = right[node]!;
    if (child === -1) {
      builder.value[node] = Math.fround(from.split_conditions[node]!);
      return;
    }
    if (!(child > node && other > node && child < left.length && other < left.length))
      throw new InvalidModel(
        `Node ${node} of tree ${nth} of the XGBoost model has the children ${child} and ${other}.`,
      );
    builder.split(
      node,
      {
        feature: from.split_indices[node]!,
        threshold: previousFloat(Math.fround(from.split_conditions[node]!)),
        missingLeft: Number(from.default_left[node]) === 1,
      },
      child,
      other,
    );
  });
  return builder.finish();
}
