/** The MLflow model folder around an ONNX file, so that `mlflow.pyfunc.load_model` and `mlflow models serve` take it. */
import { createHash } from 'node:crypto';
import { LOADER_MODULE, LOADER_SOURCE } from './mlflow-loader';
import type { AnyPreprocessor } from './any-preprocessor';
import { preprocessorGraph } from './onnx/preprocessor-nodes';
import type { GraphInput } from './onnx/read-model';
import type { RawColumn } from './raw-column';

export interface FolderFile {
  readonly path: string;
  readonly body: string | Uint8Array;
  readonly contentType: string;
}

const REQUIREMENTS = ['mlflow>=2.9', 'onnx>=1.15', 'onnxruntime>=1.17', 'numpy', 'pandas'];

interface SavedModel {
  readonly onnx: Uint8Array;
  /** Empty for a regression. */
  readonly classes: readonly string[];
  readonly runId: string;
  readonly example: readonly RawColumn[];
  readonly createdAt: string;
}

/** The columns of the signature: what the preprocessing takes, or the inputs of a model that was made elsewhere. */
type Takes =
  | { readonly preprocessor: AnyPreprocessor }
  | { readonly inputs: readonly Pick<GraphInput, 'name' | 'type'>[] };

export function mlflowFolder(model: SavedModel & Takes): FolderFile[] {
  const preprocessor = 'preprocessor' in model ? model.preprocessor : undefined;
  const taken = 'inputs' in model ? model.inputs : preprocessorGraph(model.preprocessor).inputs;
  const inputs = taken.map(({ name, type }) => ({
    // MLflow's names for what the graph takes; it casts double to float32 by itself, but nothing to int64.
    type: type === 'string' ? 'string' : type === 'int64' ? 'long' : 'double',
    name,
    required: true,
  }));
  const outputs =
    model.classes.length === 0
      ? [{ type: 'float', name: 'prediction', required: true }]
      : [
          { type: 'string', name: 'label', required: true },
          ...model.classes.map((label) => ({ type: 'float', name: `probability_${label}`, required: true })),
        ];
  const uuid = createHash('sha256').update(model.runId).update(model.onnx).digest('hex').slice(0, 32);
  const rows = Math.min(5, model.example[0]?.values.length ?? 0);
  const example = {
    columns: model.example.map((column) => column.name),
    data: Array.from({ length: rows }, (_, row) => model.example.map((column) => column.values[row] ?? null)),
  };
  const text = (path: string, body: string, contentType = 'text/plain'): FolderFile => ({
    path,
    body,
    contentType,
  });
  return [
    { path: 'model.onnx', body: model.onnx, contentType: 'application/octet-stream' },
    text(
      'MLmodel',
      `artifact_path: model
flavors:
  onnx:
    code: null
    data: model.onnx
    onnx_version: 1.14.0
    providers:
    - CPUExecutionProvider
  python_function:
    code: code
    data: model.onnx
    env:
      conda: conda.yaml
      virtualenv: python_env.yaml
    loader_module: ${LOADER_MODULE}
    python_version: 3.11.0
model_uuid: ${uuid}
run_id: ${model.runId}
saved_input_example_info:
  artifact_path: input_example.json
  pandas_orient: split
  type: dataframe
signature:
  inputs: ${yamlText(JSON.stringify(inputs))}
  outputs: ${yamlText(JSON.stringify(outputs))}
  params: null
utc_time_created: ${yamlText(model.createdAt.replace('T', ' ').replace('Z', ''))}
`,
    ),
    text(`code/${LOADER_MODULE}.py`, LOADER_SOURCE, 'text/x-python'),
    text('requirements.txt', `${REQUIREMENTS.join('\n')}\n`),
    text(
      'conda.yaml',
      `name: mlflow-env\nchannels:\n- conda-forge\ndependencies:\n- python=3.11\n- pip\n- pip:\n${REQUIREMENTS.map((line) => `  - ${line}`).join('\n')}\n`,
    ),
    text(
      'python_env.yaml',
      'python: "3.11"\nbuild_dependencies:\n- pip\ndependencies:\n- -r requirements.txt\n',
    ),
    text('input_example.json', JSON.stringify(example), 'application/json'),
    ...(preprocessor === undefined
      ? []
      : [text('preprocessor.json', JSON.stringify(preprocessor), 'application/json')]),
  ];
}

function yamlText(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}
