/** What a deployed version is asked, and what it has to answer. */
import type { ObjectStore } from '../aws/object-store';
import { getVersion } from '../tracking/model-versions';
import { columnsOf } from './check-records';
import { readHeldOut } from './held-out-scores';
import { inputExample } from './input-example';
import { modelFolderOf, type Prediction } from './model-folder';
import { pythonModel } from './python-model';
import type { Fields } from './read-records';
import type { SignatureField } from './signature';
import { versionMaterial, type VersionMaterial } from './version-material';

export interface GoldenRequests {
  readonly inputs: readonly SignatureField[];
  readonly records: readonly Fields[];
  /** Absent for a model that only Python can score: then all rows together have to give what each gives alone. */
  readonly predictions?: readonly Prediction[];
}

/** Rows that were held out; of versions without any, the input example. @throws TrackingRefused, UnservableModel */
export async function goldenRequests(
  objects: ObjectStore,
  name: string,
  version: string,
  rows: number,
): Promise<GoldenRequests> {
  const registered = await getVersion(name, version);
  const folder = modelFolderOf(registered);
  if ((await objects.head(`${folder}model.onnx`)) === undefined) {
    const { signature } = await pythonModel(objects, registered);
    const records = (await inputExample(objects, folder)).slice(0, rows);
    return { inputs: signature.inputs, records };
  }
  const material = await versionMaterial(objects, name, version);
  const { served } = material;
  const { signature } = served;
  const records = (await heldOutRecords(objects, material, rows)) ?? (await inputExample(objects, folder));
  const taken = records.slice(0, rows);
  return { inputs: signature.inputs, records: taken, predictions: served.score(columnsOf(taken, signature)) };
}

async function heldOutRecords(
  objects: ObjectStore,
  { test, target, classes, served }: VersionMaterial,
  rows: number,
): Promise<Fields[] | undefined> {
  if (test === undefined || target === undefined) return undefined;
  const held = await readHeldOut(objects, test, target, classes);
  const byName = new Map(held.columns.map((column) => [column.name, column]));
  return Array.from({ length: Math.min(rows, held.table.rows) }, (_, row) =>
    Object.fromEntries(
      served.signature.inputs.map(({ name }) => [name, byName.get(name)?.values[row] ?? null]),
    ),
  );
}
