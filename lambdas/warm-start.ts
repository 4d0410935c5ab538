/** The registered version that a training task goes on from. */
import type { AnyPreprocessor } from '../lib/ml/any-preprocessor';
import { InvalidModel } from '../lib/ml/onnx/invalid-model';
import { readOnnx } from '../lib/ml/onnx/read-model';
import { DoNotRetry } from '../lib/model/errors';
import type { TaskContext } from '../lib/runtime/task-context';
import { modelFolderOf } from '../lib/serving/model-folder';
import type { FeatureSet } from '../lib/tasks/dataset';
import type { WarmStart } from '../lib/tasks/warm-start';
import type { ModelVersion } from '../lib/tracking/model-versions';
import { TrackingRefused } from '../lib/tracking/tracking-refused';
import { readModel } from './read-model';

export interface Parent {
  readonly name: string;
  readonly version: string;
  /** Its file. */
  readonly onnx: Uint8Array;
  /** What its features were made by, and those of its child are. */
  readonly preprocessor: AnyPreprocessor;
}

/** @throws InvalidModel for a damaged file and other classes @throws DoNotRetry when there is no such version */
export async function readParent(
  context: TaskContext,
  wanted: WarmStart,
  train: FeatureSet,
): Promise<Parent | undefined> {
  if (wanted === undefined) return undefined;
  const found = await findVersion(context, wanted);
  if (found === undefined) {
    if (wanted.ifMissing === 'start-anew') return undefined;
    throw new DoNotRetry(
      `There is no version '${wanted.version}' of ${wanted.name} to start from. Register or promote one first, or let the first run start anew: warmStart: { ifMissing: 'start-anew' }.`,
    );
  }
  const { name, version, tags } = found;
  const uri = modelFolderOf(found);
  const shown = `version ${version} of ${name}`;
  const onnx = await readModel(context, { name: shown, uri, sha256: tags['sha256'] });
  const classes = JSON.parse(readOnnx(onnx).metadata['classes'] ?? '[]') as string[];
  if (classes.join('\n') !== train.classes.join('\n'))
    throw new InvalidModel(
      `${shown} predicts ${kindOf(classes)}, but '${train.target}' was prepared as ${kindOf(train.classes)}: it cannot be gone on with.`,
    );
  const preprocessor = await context.objects.getJson<AnyPreprocessor>(`${uri}preprocessor.json`);
  return { name, version, onnx, preprocessor };
}

async function findVersion(
  context: TaskContext,
  { name, version }: NonNullable<WarmStart>,
): Promise<ModelVersion | undefined> {
  const { registry } = await context.tracking();
  if (version.startsWith('@')) return registry.getVersionByAlias(name, version.slice(1));
  return registry.getVersion(name, version).catch((error: unknown) => {
    if (error instanceof TrackingRefused && error.code === 'RESOURCE_DOES_NOT_EXIST') return undefined;
    throw error;
  });
}

function kindOf(classes: readonly string[]): string {
  return classes.length > 0 ? `the classes ${classes.join(', ')}` : 'a number';
}
