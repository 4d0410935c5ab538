/** What a registered version was made from and leads to, as tasks take it: model, training rows, held-out rows, target. */
import type { ObjectStore } from '../aws/object-store';
import { InvalidDataset } from '../data/invalid-dataset';
import type { DatasetRef, ModelRef } from '../tasks/dataset';
import { getVersion, type ModelVersion } from '../tracking/model-versions';
import { getRun } from '../tracking/runs';
import { loadModel, modelFolderOf, type ServedModel } from './model-folder';

export interface VersionMaterial {
  readonly registered: ModelVersion;
  readonly served: ServedModel;
  readonly ref: ModelRef;
  /** Empty for a regression. */
  readonly classes: readonly string[];
  /** Rows that it was fitted on; absent when the run that made it logged none. */
  readonly train?: DatasetRef;
  /** Rows that were held out. */
  readonly test?: DatasetRef;
  /** Column that it predicts; absent when that does not follow from the datasets. */
  readonly target?: string;
}

/** @throws TrackingRefused, UnservableModel, ObjectNotFound */
export async function versionMaterial(
  objects: ObjectStore,
  name: string,
  version: string,
): Promise<VersionMaterial> {
  const registered = await getVersion(name, version);
  const served = await loadModel(objects, registered);
  const classes = served.signature.outputs.flatMap((output) =>
    output.name.startsWith('probability_') ? [output.name.slice('probability_'.length)] : [],
  );
  const ref: ModelRef = {
    name,
    algorithm: registered.tags['algorithm'] ?? 'unknown',
    runId: registered.runId,
    uri: modelFolderOf(registered),
    sha256: served.sha256,
    bytes: served.bytes,
    classes: [...classes],
  };
  const run = registered.runId === '' ? undefined : await getRun(registered.runId);
  const inputs = run?.inputs ?? [];
  const datasetOf = async (context: string): Promise<DatasetRef | undefined> => {
    const input = inputs.find((one) => one.context === context);
    if (input?.uri === undefined || input.sha256 === undefined || input.columns === undefined)
      return undefined;
    const head = await objects.head(input.uri);
    if (head === undefined) return undefined;
    return {
      name: input.name,
      uri: input.uri,
      sha256: input.sha256,
      bytes: head.bytes,
      format: 'parquet',
      rows: input.rows ?? 0,
      columns: [...input.columns] as DatasetRef['columns'],
    };
  };
  const [train, test] = await Promise.all([datasetOf('train'), datasetOf('test')]);
  const taken = new Set(served.signature.inputs.map((field) => field.name));
  const others = (train ?? test)?.columns.filter((column) => !taken.has(column.name)) ?? [];
  const named = run?.tags['millrace.target'];
  const [target] =
    named === undefined && others.length > 1 ? [] : others.filter(({ name }) => name === (named ?? name));
  return {
    registered,
    served,
    ref,
    classes,
    ...(train === undefined ? {} : { train }),
    ...(test === undefined ? {} : { test }),
    ...(target === undefined ? {} : { target: target.name }),
  };
}

/** @throws InvalidDataset that says what is gone and how to bring it back */
export function required<T>(value: T | undefined, what: string, { registered }: VersionMaterial): T {
  if (value !== undefined) return value;
  throw new InvalidDataset(
    `Version ${registered.version} of ${registered.name} has no ${what}: the run that made it logged none, or the object is gone. Train and register it again by a pipeline.`,
  );
}
