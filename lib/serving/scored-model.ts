/** What answers for a version, whatever its flavour. Kept per version, as a version never changes. */
import { ObjectNotFound } from '../aws/object-errors';
import type { ObjectStore } from '../aws/object-store';
import { getVersion, type ModelVersion } from '../tracking/model-versions';
import { columnsOf } from './check-records';
import { loadModel, modelFolderOf, type ScoredModel } from './model-folder';
import { pythonModel } from './python-model';

/** Versions that stay in memory: the stable one, a candidate, a shadow, and those of another endpoint. */
const MAX_KEPT = 8;
const kept = new Map<string, Promise<ScoredModel>>();

/** Loads a version at its first use. @throws UnservableModel, ObjectNotFound, TrackingRefused */
export function scoredModel(objects: ObjectStore, model: string, version: string): Promise<ScoredModel> {
  const key = `${objects.bucket}/${model}/${version}`;
  const found = kept.get(key);
  if (found !== undefined) {
    // The one used last is the last to go.
    kept.delete(key);
    kept.set(key, found);
    return found;
  }
  const loading = getVersion(model, version).then((registered) => load(objects, registered));
  kept.set(key, loading);
  // The next request tries again.
  loading.catch(() => kept.delete(key));
  const [oldest] = kept.keys();
  if (kept.size > MAX_KEPT && oldest !== undefined) kept.delete(oldest);
  return loading;
}

async function load(objects: ObjectStore, registered: ModelVersion): Promise<ScoredModel> {
  try {
    const served = await loadModel(objects, registered);
    return { ...served, predict: async (records) => served.score(columnsOf(records, served.signature)) };
  } catch (error) {
    const folder = modelFolderOf(registered);
    // A folder without ONNX is one for Python; what else is missing is told as it is.
    if (!(error instanceof ObjectNotFound) || (await objects.head(`${folder}model.onnx`)) !== undefined)
      throw error;
    return pythonModel(objects, registered);
  }
}
