/**
 * One version of a registered model from one stage to another, e.g. of another account, by a folder in between: an export
 * (`transfer-format.ts`) of the run that made it, with the rows that the run was fitted on and those that were held out,
 * and `version.json`. There it is a new version of the model of the same name, whatever numbers that has, and can be judged
 * like any other: its file, its metrics and its rows are there.
 */
import { createHash } from 'node:crypto';
import { createReadStream, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { s3Client } from '../aws/clients/s3';
import { resourceNames } from '../aws/environment';
import { ObjectNotFound } from '../aws/object-errors';
import { ObjectStore } from '../aws/object-store';
import { getExperiment } from './experiments';
import { ExportFiles } from './export-files';
import { exportLoggedModel, exportRun } from './export-run';
import { importStore } from './import-store';
import { checkModelName } from './limits';
import { getLoggedModel } from './logged-models';
import { createVersion, getVersion, type ModelVersion } from './model-versions';
import { readRunDocument } from './run-document';
import { TrackingRefused } from './tracking-refused';
import { OBJECTS } from './transfer-format';

const FILE = 'version.json';
const FORMAT = 1;

interface CarriedVersion {
  readonly format: typeof FORMAT;
  /** Where it comes from: `staging:churn/7`. */
  readonly from: string;
  readonly version: ModelVersion;
  /** Folder of the run that made it, where it was. */
  readonly runUri: string;
  /** Folder of the logged model that it was made from, where it was. */
  readonly loggedModelUri?: string;
  readonly datasets: readonly { readonly uri: string; readonly sha256: string }[];
}

export interface ExportedVersion {
  readonly from: string;
  readonly datasets: number;
  /** Data sets that are gone, in another bucket, or not below `datasets/` or `features/`, and are not in the folder. */
  readonly left: readonly string[];
}

/** @throws TrackingRefused when there is something in the folder, or the version was made by no tracked run */
export async function exportVersion(
  directory: string,
  name: string,
  number: string,
): Promise<ExportedVersion> {
  const version = await getVersion(name, number);
  if (version.runId === '')
    throw new TrackingRefused(
      'INVALID_STATE',
      `Version ${number} of ${name} was made by no tracked run: nothing says what it was trained on. Register it in the other stage from its files.`,
    );
  const run = await readRunDocument(version.runId);
  const loggedModel = version.modelId === undefined ? undefined : await getLoggedModel(version.modelId);
  const { bucket, stage } = resourceNames();
  const objects = new ObjectStore(s3Client(), bucket);
  const files = new ExportFiles(directory);
  await files.write('experiments', await getExperiment(run.experimentId));
  const elsewhere = [
    ...(await exportRun(files, run)),
    ...(loggedModel === undefined ? [] : await exportLoggedModel(files, loggedModel)),
  ];
  if (elsewhere.length > 0)
    throw new TrackingRefused(
      'INVALID_STATE',
      `The files of version ${number} of ${name} do not lie in the bucket of this stage: ${elsewhere.join(', ')}.`,
    );
  const datasets: { uri: string; sha256: string }[] = [];
  const left: string[] = [];
  const uris = [...Object.values(run.inputs), ...(version.lineage?.datasets ?? [])].map(({ uri }) => uri);
  for (const uri of new Set(uris)) {
    const key = keyOf(uri, bucket);
    const stored = key === undefined ? undefined : await readIfThere(objects, key);
    if (stored === undefined) left.push(uri);
    else datasets.push({ uri, sha256: (await files.keep(stored.body)).sha256 });
  }
  const from = `${stage}:${name}/${number}`;
  const carried: CarriedVersion = {
    format: FORMAT,
    from,
    version,
    runUri: run.artifactUri,
    ...(loggedModel === undefined ? {} : { loggedModelUri: loggedModel.artifactUri }),
    datasets,
  };
  writeFileSync(join(directory, FILE), `${JSON.stringify(carried, null, 2)}\n`);
  await files.close(bucket);
  return { from, datasets: datasets.length, left };
}

/**
 * The same folder again gives the same version.
 * @throws TrackingRefused before anything is written, when the folder is damaged or holds no version
 */
export async function importVersion(
  directory: string,
  { by, reason }: { readonly by: string; readonly reason: string },
): Promise<ModelVersion> {
  const { from, version, runUri, loggedModelUri, datasets } = readCarried(directory);
  checkModelName(version.name);
  const { bucket } = resourceNames();
  const objects = new ObjectStore(s3Client(), bucket);
  const moves = new Map<string, string>();
  for (const { uri, sha256 } of datasets) {
    await checkObject(directory, sha256, uri);
    const key = keyOf(uri.replace(/^s3:\/\/[^/]+\//, `s3://${bucket}/`), bucket);
    if (key === undefined) throw refuse(`${uri} is no snapshot of a data set.`);
    moves.set(uri, objects.uri(keyHere(key, sha256)));
  }
  for (const { uri, sha256 } of datasets) {
    const key = keyOf(moves.get(uri) ?? '', bucket) ?? '';
    if ((await objects.head(key)) === undefined) await objects.putFile(key, join(directory, OBJECTS, sha256));
  }
  await importStore(directory, moves);
  const runHere = (await readRunDocument(version.runId)).artifactUri;
  const places: (readonly [string, string])[] = [[runUri, runHere]];
  if (version.modelId !== undefined && loggedModelUri !== undefined)
    places.unshift([loggedModelUri, (await getLoggedModel(version.modelId)).artifactUri]);
  const moved = (uri: string): string => {
    const place = places.find(([before]) => uri.startsWith(`${before.replace(/\/+$/, '')}/`));
    return place === undefined ? uri : place[1] + uri.slice(place[0].length);
  };
  const { source, storage, runId, modelId, lineage, tags, name } = version;
  return createVersion({
    name,
    source: moved(source),
    ...(storage === undefined ? {} : { storage: moved(storage) }),
    runId,
    ...(modelId === undefined ? {} : { modelId }),
    tags: { ...tags, 'millrace.carried_from': from },
    ...(lineage === undefined
      ? {}
      : {
          lineage: {
            ...lineage,
            datasets: lineage.datasets.map((dataset) => ({
              ...dataset,
              uri: moves.get(dataset.uri) ?? dataset.uri,
            })),
          },
        }),
    description: reason,
    by,
    idempotencyKey: `carried#${from}#${runId}`,
  });
}

function readCarried(directory: string): CarriedVersion {
  const file = join(directory, FILE);
  if (!existsSync(file))
    throw refuse(
      `${directory} holds no version: there is no ${FILE}. \`millrace import\` takes whole exports.`,
    );
  let carried: Partial<CarriedVersion>;
  try {
    carried = JSON.parse(readFileSync(file, 'utf8')) as Partial<CarriedVersion>;
  } catch (cause) {
    throw refuse(`${file} is not JSON.`, { cause });
  }
  if (carried.format !== FORMAT || carried.version === undefined || carried.datasets === undefined)
    throw refuse(`${file} has format ${String(carried.format)}; this version of millrace reads ${FORMAT}.`);
  return carried as CarriedVersion;
}

async function checkObject(directory: string, sha256: string, what: string): Promise<void> {
  const file = join(directory, OBJECTS, sha256);
  const hash = createHash('sha256');
  const plain = /^[0-9a-f]{64}$/.test(sha256) && existsSync(file);
  if (plain) for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  if (!plain || hash.digest('hex') !== sha256)
    throw refuse(`${what} is damaged: ${file} is missing or holds something else.`);
}

async function readIfThere(objects: ObjectStore, key: string) {
  try {
    return await objects.read(key);
  } catch (error) {
    if (error instanceof ObjectNotFound) return undefined;
    throw error;
  }
}

/** Only what tasks have written: an upload of that name in another stage is another one, and starts runs. */
function keyOf(uri: string, bucket: string): string | undefined {
  const prefix = `s3://${bucket}/`;
  const key = uri.startsWith(prefix) ? uri.slice(prefix.length) : '';
  return /^(?:datasets|features)\//.test(key) && !key.split('/').includes('..') ? key : undefined;
}

/**
 * Keys of snapshots say what they hold. Those of features name a run, and a run of that name may have been in this stage, too:
 * a schedule gives a logical date the same name everywhere.
 */
function keyHere(key: string, sha256: string): string {
  return key.startsWith('features/') ? `features/carried/${sha256}.parquet` : key;
}

function refuse(message: string, options?: ErrorOptions): TrackingRefused {
  return new TrackingRefused('INVALID_PARAMETER_VALUE', message, options);
}
