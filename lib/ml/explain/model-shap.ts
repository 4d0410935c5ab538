/** Shapley values of whole models of trees. */
import type { GradientBoostingModel, GradientBoostingRegressorModel } from '../gradient-boosting';
import type { Matrix } from '../matrix';
import type { ClassifierModel, RegressorModel } from '../model';
import { treeShap, type TreeShap } from './tree-shap';

export type TreeModel = Extract<ClassifierModel | RegressorModel, { readonly trees: unknown }>;

export function hasTrees(model: ClassifierModel | RegressorModel): model is TreeModel {
  return 'trees' in model;
}

/**
 * Of forests and decision trees in probabilities, one output per class, or in the target's unit; of boosting in raw scores
 * (log-odds; the logarithm for 'poisson'), one output for two classes.
 */
export function modelShap(model: TreeModel, x: Matrix): TreeShap {
  switch (model.algorithm) {
    case 'gradient-boosting':
    case 'gradient-boosting-regressor':
      return boostingShap(model, x);
    default: {
      const outputs = 'classes' in model ? model.classes : 1;
      const sum = treeShap(model.trees, x, outputs);
      const mean = (values: Float64Array) => values.map((value) => value / model.trees.length);
      return { expected: mean(sum.expected), values: sum.values.map((columns) => columns.map(mean)) };
    }
  }
}

function boostingShap(model: GradientBoostingModel | GradientBoostingRegressorModel, x: Matrix): TreeShap {
  const outputs = model.base.length;
  const { expected, values } = treeShap(model.trees.flat(), x, outputs, (tree) => tree % outputs);
  return { expected: expected.map((value, k) => value + model.base[k]!), values };
}

/** Mean of |value| over rows and outputs: how much each feature moves predictions. */
export function shapImportances({ values }: TreeShap): number[] {
  const [first = []] = values;
  return first.map((_, f) => {
    let sum = 0;
    let count = 0;
    for (const columns of values)
      for (const value of columns[f]!) {
        sum += Math.abs(value);
        count++;
      }
    return count === 0 ? 0 : sum / count;
  });
}
