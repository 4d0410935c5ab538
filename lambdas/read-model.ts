/** The ONNX file of a model that a task is handed. */
import { createHash } from 'node:crypto';
import { InvalidModel } from '../lib/ml/onnx/invalid-model';
import type { TaskContext } from '../lib/runtime/task-context';

export interface StoredModel {
  readonly name: string;
  /** `s3://…/model/` */
  readonly uri: string;
  /** Of `model.onnx`, where it is known. */
  readonly sha256?: string | undefined;
}

/** @throws InvalidModel when the bytes are not those that training left behind @throws ObjectNotFound */
export async function readModel(
  context: TaskContext,
  { uri, sha256, name }: StoredModel,
): Promise<Uint8Array> {
  const bytes = await context.objects.getBytes(`${uri}model.onnx`);
  if (sha256 === undefined) return bytes;
  const found = createHash('sha256').update(bytes).digest('hex');
  if (found !== sha256)
    throw new InvalidModel(
      `${uri}model.onnx has the checksum ${found}, but ${name} was trained with ${sha256}. Restore the file, or train again.`,
    );
  return bytes;
}
