/** A fitted preprocessor and model as one ONNX graph that takes the raw columns, each as a [rows, 1] tensor. */
import type { IsolationForestModel } from '../isolation-forest';
import type { KMeansModel } from '../k-means';
import type { ClassifierModel, RegressorModel } from '../model';
import { featureNames, type PreprocessorState } from '../preprocessor';
import { coreNode, float, floats, int, mlNode, strings } from './attributes';
import { classifierNodes } from './classifier-nodes';
import { writeOnnx, type Node, type OnnxModel } from './model';
import { regressorNodes } from './regressor-nodes';

/**
 * Outputs `label`, texts of shape [rows], and `probabilities`, float [rows, classes].
 * @throws RangeError for a model that ONNX has no operators for
 */
export function exportOnnx(
  preprocessor: PreprocessorState,
  model: ClassifierModel,
  classes: readonly string[],
  metadata: Readonly<Record<string, string>> = {},
): Buffer {
  return write(preprocessor, model.algorithm, classifierNodes(model, classes, widthOf(preprocessor)), {
    outputs: [
      { name: 'label', type: 'string', width: null },
      { name: 'probabilities', type: 'float', width: classes.length },
    ],
    metadata: { ...metadata, classes: JSON.stringify(classes) },
  });
}

/**
 * Output `prediction`, float [rows, 1]: the number of a regression, the anomaly score of an isolation forest, the
 * cluster's number of k-means.
 * @throws RangeError for a model that ONNX has no operators for
 */
export function exportRegressorOnnx(
  preprocessor: PreprocessorState,
  model: RegressorModel | IsolationForestModel | KMeansModel,
  metadata: Readonly<Record<string, string>> = {},
): Buffer {
  return write(preprocessor, model.algorithm, regressorNodes(model, widthOf(preprocessor)), {
    outputs: [{ name: 'prediction', type: 'float', width: 1 }],
    metadata,
  });
}

const widthOf = (preprocessor: PreprocessorState): number => featureNames(preprocessor).length;

function write(
  preprocessor: PreprocessorState,
  name: string,
  head: readonly Node[],
  rest: Pick<OnnxModel, 'outputs' | 'metadata'>,
): Buffer {
  return writeOnnx({
    name,
    nodes: [...preprocessorNodes(preprocessor), ...head],
    inputs: preprocessor.columns.map((column) => ({
      name: column.name,
      type: column.kind === 'number' ? 'float' : 'string',
      width: 1,
    })),
    ...rest,
  });
}

/** From the raw columns to `features`, float [rows, features]. */
function preprocessorNodes(preprocessor: PreprocessorState): Node[] {
  const parts = preprocessor.columns.map((column) => `${column.name}__encoded`);
  return [
    ...preprocessor.columns.flatMap((column): Node[] => {
      const out = `${column.name}__encoded`;
      if (column.kind === 'text')
        return [
          mlNode('OneHotEncoder', [column.name], [`${column.name}__onehot`], {
            cats_strings: strings(column.categories),
            zeros: int(1),
          }),
          coreNode('Flatten', [`${column.name}__onehot`], out, { axis: int(1) }),
        ];
      return [
        mlNode('Imputer', [column.name], [`${column.name}__filled`], {
          imputed_value_floats: floats([column.mean]),
          replaced_value_float: float(Number.NaN),
        }),
        mlNode('Scaler', [`${column.name}__filled`], [out], {
          offset: floats([column.mean]),
          scale: floats([Math.fround(1 / column.scale)]),
        }),
      ];
    }),
    coreNode('Concat', parts, 'features', { axis: int(1) }),
  ];
}
