/**
 * Boosted trees as XGBoost's JSON model, so that its Python, R and C readers load them. Schema: XGBoost's
 * doc/model.schema and `RegTree::SaveModel`. XGBoost goes left when a value is below the condition, we when it is not
 * above the threshold: conditions are the next float32. The base score lies in the leaves of the first trees, and
 * `base_score` says nothing is to be added.
 */
import type { GradientBoostingModel, GradientBoostingRegressorModel } from '../gradient-boosting';
import { nextFloat } from '../float32';
import type { Tree } from '../trees/tree';

type Boosted = GradientBoostingModel | GradientBoostingRegressorModel;

const ROOT_PARENT = 2147483647;

/**
 * @param features names of the columns that the trees take, in their order
 * @throws RangeError for splits by sets of categories, which are chains of equalities here
 */
export function exportXgboost(model: Boosted, features: readonly string[]): string {
  const outputs = model.base.length;
  const trees = model.trees.flatMap((round, i) =>
    round.map((tree, output) =>
      treeJson(tree, i * outputs + output, features.length, i === 0 ? model.base[output]! : 0),
    ),
  );
  const { name, param, extra, baseScore } = objectiveOf(model);
  const document = {
    learner: {
      attributes: {},
      feature_names: [...features],
      feature_types: features.map(() => 'float'),
      gradient_booster: {
        model: {
          gbtree_model_param: { num_parallel_tree: '1', num_trees: String(trees.length) },
          iteration_indptr: Array.from({ length: model.trees.length + 1 }, (_, i) => i * outputs),
          tree_info: trees.map((_, i) => i % outputs),
          trees,
        },
        name: 'gbtree',
      },
      learner_model_param: {
        base_score: baseScore,
        boost_from_average: '0',
        num_class: String(outputs === 1 ? 0 : outputs),
        num_feature: String(features.length),
        num_target: '1',
      },
      objective: { name, [param]: extra },
    },
    version: [2, 0, 0],
  };
  return writeJson(document);
}

/** Links have nothing to add: logit(0.5), log(1) and 0. */
function objectiveOf(model: Boosted) {
  if (model.algorithm === 'gradient-boosting-regressor')
    return model.loss === 'poisson'
      ? {
          name: 'count:poisson',
          param: 'poisson_regression_param',
          extra: { max_delta_step: '0.7' },
          baseScore: '1E0',
        }
      : {
          name: 'reg:squarederror',
          param: 'reg_loss_param',
          extra: { scale_pos_weight: '1' },
          baseScore: '0E0',
        };
  return model.base.length === 1
    ? {
        name: 'binary:logistic',
        param: 'reg_loss_param',
        extra: { scale_pos_weight: '1' },
        baseScore: '5E-1',
      }
    : {
        name: 'multi:softprob',
        param: 'softmax_multiclass_param',
        extra: { num_class: String(model.base.length) },
        baseScore: '5E-1',
      };
}

/** A number that is written as a float even when it is whole. */
class Float {
  constructor(readonly value: number) {}
}

function treeJson(tree: Tree, id: number, features: number, base: number) {
  const nodes = tree.left.length;
  const each = <T>(value: (node: number, leaf: boolean) => T): T[] =>
    Array.from({ length: nodes }, (_, node) => value(node, tree.left[node] === 0));
  if (each((node) => tree.equals[node]).includes(1))
    throw new RangeError(
      'Splits by sets of categories cannot be saved as XGBoost JSON. Save the model as ONNX.',
    );
  const parents = new Array<number>(nodes).fill(ROOT_PARENT);
  each((node, leaf) => {
    if (leaf) return;
    parents[tree.left[node]!] = node;
    parents[tree.right[node]!] = node;
  });
  return {
    base_weights: each((node, leaf) => new Float(leaf ? tree.value[node]! + base : 0)),
    categories: [],
    categories_nodes: [],
    categories_segments: [],
    categories_sizes: [],
    default_left: each((node, leaf) => (leaf ? 0 : tree.missingLeft[node]!)),
    id,
    left_children: each((node, leaf) => (leaf ? -1 : tree.left[node]!)),
    loss_changes: each((node) => new Float(tree.gain[node]!)),
    parents,
    right_children: each((node, leaf) => (leaf ? -1 : tree.right[node]!)),
    split_conditions: each(
      (node, leaf) => new Float(leaf ? tree.value[node]! + base : nextFloat(tree.threshold[node]!)),
    ),
    split_indices: each((node) => tree.feature[node]!),
    split_type: each(() => 0),
    sum_hessian: each((node) => new Float(tree.cover[node]!)),
    tree_param: {
      num_deleted: '0',
      num_feature: String(features),
      num_nodes: String(nodes),
      size_leaf_vector: '1',
    },
  };
}

function writeJson(value: unknown): string {
  if (value instanceof Float) {
    const text = String(Math.fround(value.value));
    return /[.e]/.test(text) ? text : `${text}.0`;
  }
  if (Array.isArray(value)) return `[${value.map(writeJson).join(',')}]`;
  if (value !== null && typeof value === 'object')
    return `{${Object.entries(value)
      .map(([key, inner]) => `${JSON.stringify(key)}:${writeJson(inner)}`)
      .join(',')}}`;
  return JSON.stringify(value);
}
