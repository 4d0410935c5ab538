/** A model folder with an ONNX file in memory: signature and scorer. */
import { createHash } from 'node:crypto';
import type { ObjectStore } from '../aws/object-store';
import { predictedClasses } from '../ml/metrics';
import { onnxScorer } from '../ml/onnx/score';
import type { RawColumn } from '../ml/raw-column';
import type { ModelVersion } from '../tracking/model-versions';
import type { Fields } from './read-records';
import { readSignature, UnservableModel, type Signature } from './signature';

/** One row of an answer: `prediction`, or `label` and `probability_<class>`. */
export type Prediction = Readonly<Record<string, string | number>>;

export interface ServedModel {
  readonly model: string;
  readonly version: string;
  readonly signature: Signature;
  /** Of `model.onnx`. */
  readonly sha256: string;
  readonly bytes: number;
  score(columns: readonly RawColumn[]): Prediction[];
}

/** What answers for a version, whatever its flavour. */
export interface ScoredModel extends Pick<ServedModel, 'model' | 'version' | 'signature' | 'sha256'> {
  /** One prediction for each record. @throws RequestRefused for records that do not fit the signature */
  predict(records: readonly Fields[]): Promise<Prediction[]>;
}

/** `s3://…/`: where the files of a version lie. */
export function modelFolderOf({ storage, source }: ModelVersion): string {
  return `${(storage ?? source).replace(/\/+$/, '')}/`;
}

/** @throws UnservableModel when a file is missing, damaged or not what was registered */
export async function loadModel(objects: ObjectStore, registered: ModelVersion): Promise<ServedModel> {
  const { name: model, version } = registered;
  const folder = modelFolderOf(registered);
  const [mlmodel, onnx] = await Promise.all([
    objects.getText(`${folder}MLmodel`),
    objects.getBytes(`${folder}model.onnx`),
  ]);
  const sha256 = createHash('sha256').update(onnx).digest('hex');
  const expected = registered.tags['sha256'];
  if (expected !== undefined && expected !== sha256)
    throw new UnservableModel(
      `${folder}model.onnx has the checksum ${sha256}, but version ${version} of ${model} was registered with ${expected}. Restore the file, or deploy another version.`,
    );
  const signature = readSignature(mlmodel, `${folder}MLmodel`);
  const scorer = onnxScorer(onnx);
  const classes = signature.outputs.flatMap(({ name }) =>
    name.startsWith('probability_') ? [name.slice('probability_'.length)] : [],
  );
  return {
    model,
    version,
    signature,
    sha256,
    bytes: onnx.length,
    score: (columns) => predictionsOf(scorer(columns), classes),
  };
}

function predictionsOf(scores: readonly Float64Array[], classes: readonly string[]): Prediction[] {
  if (classes.length === 0) return Array.from(scores[0] ?? [], (prediction) => ({ prediction }));
  return Array.from(predictedClasses(scores), (best, row) => ({
    label: classes[best] ?? '',
    ...Object.fromEntries(classes.map((label, c) => [`probability_${label}`, scores[c]?.[row] ?? 0])),
  }));
}
