/**
 * A fitted preprocessor and model as one ONNX graph that takes the raw columns as MLflow makes them from a data frame: each
 * a vector of [rows], or [rows, 1] when it is the only one.
 */
import { featureCount, type AnyPreprocessor } from '../any-preprocessor';
import type { AnyClassifier, AnyRegressor } from '../composite';
import type { IsolationForestModel } from '../isolation-forest';
import type { KMeansModel } from '../k-means';
import { int } from './attributes';
import { classifierNodes } from './classifier-nodes';
import { compositeClassifierNodes, compositeRegressorNodes } from './composite-nodes';
import { writeOnnx, type Node, type OnnxModel } from './model';
import { preprocessorGraph } from './preprocessor-nodes';
import { regressorNodes } from './regressor-nodes';

/**
 * Outputs `label`, texts of shape [rows], and `probability_<class>`, float [rows, 1], for each class: MLflow makes a column
 * of a data frame from each output, so that none may be wider.
 */
export function exportOnnx(
  preprocessor: AnyPreprocessor,
  model: AnyClassifier,
  classes: readonly string[],
  metadata: Readonly<Record<string, string>> = {},
): Buffer {
  const probabilities = classes.map((label) => `probability_${label}`);
  const nodes: Node[] = [
    ...nodesOf(model, classes, featureCount(preprocessor)),
    {
      op: 'Split',
      domain: '',
      inputs: ['probabilities'],
      outputs: probabilities,
      attributes: { axis: int(1) },
    },
  ];
  return write(preprocessor, model.algorithm, nodes, {
    outputs: [
      { name: 'label', type: 'string', width: null },
      ...probabilities.map((name) => ({ name, type: 'float' as const, width: 1 })),
    ],
    metadata: { ...metadata, classes: JSON.stringify(classes) },
  });
}

/**
 * Output `prediction`, float [rows, 1]: the number of a regression, the anomaly score of an isolation forest, the
 * cluster's number of k-means.
 */
export function exportRegressorOnnx(
  preprocessor: AnyPreprocessor,
  model: AnyRegressor | IsolationForestModel | KMeansModel,
  metadata: Readonly<Record<string, string>> = {},
): Buffer {
  const width = featureCount(preprocessor);
  const composite = model.algorithm === 'voting-regressor' || model.algorithm === 'stacking-regressor';
  const nodes = composite ? compositeRegressorNodes(model, width) : regressorNodes(model, width);
  return write(preprocessor, model.algorithm, nodes, {
    outputs: [{ name: 'prediction', type: 'float', width: 1 }],
    metadata,
  });
}

function nodesOf(model: AnyClassifier, classes: readonly string[], width: number): Node[] {
  switch (model.algorithm) {
    case 'calibrated':
    case 'voting':
    case 'stacking':
      return compositeClassifierNodes(model, classes, width);
    default:
      return classifierNodes(model, classes, width);
  }
}

function write(
  preprocessor: AnyPreprocessor,
  name: string,
  head: readonly Node[],
  rest: Pick<OnnxModel, 'outputs' | 'metadata'>,
): Buffer {
  const { inputs, nodes } = preprocessorGraph(preprocessor);
  return writeOnnx({ name, inputs, nodes: [...nodes, ...head], ...rest });
}
