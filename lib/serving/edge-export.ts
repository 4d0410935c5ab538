/** A version as files for devices: the ONNX file, and what it takes to score with it and to know that it is done right. */
import type { ObjectStore } from '../aws/object-store';
import { readOnnx } from '../ml/onnx/read-model';
import { getVersion } from '../tracking/model-versions';
import { columnsOf } from './check-records';
import { loadModel, modelFolderOf, type Prediction } from './model-folder';
import { inputExample } from './input-example';
import type { Fields } from './read-records';
import type { Signature } from './signature';

export interface EdgeMetadata {
  readonly model: string;
  readonly version: string;
  readonly algorithm: string;
  /** ISO instant at which the version was registered. */
  readonly createdAt: string;
  /** Of `model.onnx`. */
  readonly sha256: string;
  readonly bytes: number;
  readonly signature: Signature;
  /** Empty for a regression. */
  readonly classes: readonly string[];
  /** Tensors that the graph takes, one for each field: a column each, of the shape rows × `width`, or rows alone. */
  readonly inputs: readonly { readonly name: string; readonly type: string; readonly width: number | null }[];
  readonly outputs: readonly string[];
  readonly opsets: Readonly<Record<string, number>>;
  /** Records and what this version predicts for them: a device that gives the same scores rightly. */
  readonly golden: { readonly records: readonly Fields[]; readonly predictions: readonly Prediction[] };
}

/** Files by name. @throws UnservableModel for a version without an ONNX file, or one that is not what was registered */
export async function edgeFiles(
  objects: ObjectStore,
  model: string,
  version: string,
): Promise<Readonly<Record<string, Uint8Array | string>>> {
  const registered = await getVersion(model, version);
  const served = await loadModel(objects, registered);
  const folder = modelFolderOf(registered);
  const onnx = await objects.getBytes(`${folder}model.onnx`);
  const { inputs, outputs, opsets } = readOnnx(onnx);
  const records = await inputExample(objects, folder);
  const metadata: EdgeMetadata = {
    model,
    version,
    algorithm: registered.tags['algorithm'] ?? 'unknown',
    createdAt: registered.createdAt,
    sha256: served.sha256,
    bytes: served.bytes,
    signature: served.signature,
    classes: served.signature.outputs.flatMap(({ name }) =>
      name.startsWith('probability_') ? [name.slice('probability_'.length)] : [],
    ),
    inputs: inputs.map(({ name, type, width }) => ({ name, type, width })),
    outputs,
    opsets,
    golden: { records, predictions: served.score(columnsOf(records, served.signature)) },
  };
  return { 'model.onnx': onnx, 'metadata.json': `${JSON.stringify(metadata, null, 2)}\n` };
}
