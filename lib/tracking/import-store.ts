/**
 * Adds an export to this store. Each thing becomes visible with its last write, after all that belongs to it: an import that
 * was cut off is repeated, and goes on where it was; a second one changes nothing.
 */
import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { join } from 'node:path';
import { NEW, put } from '../aws/dynamo-table';
import { s3Client } from '../aws/clients/s3';
import { resourceNames } from '../aws/environment';
import { ObjectStore } from '../aws/object-store';
import { trackingTable } from '../aws/tables';
import type { Experiment } from './experiments';
import { planImport, type ImportPlan } from './import-plan';
import {
  aliasKey,
  datasetKey,
  eventKey,
  experimentKey,
  experimentNameKey,
  experimentSequenceKey,
  loggedModelKey,
  loggedModelPointerKey,
  metricPointKey,
  modelKey,
  modelListingKey,
  modelNameKey,
  runKey,
  runPointerKey,
  versionKey,
  versionsOfRun,
} from './keys';
import { lineageWrites, parentWrites } from './lineage';
import { parentIn } from './parents';
import { readRecords } from './read-export';
import { recordRecipe } from './recipes';
import type { RunDocument } from './run-document';
import { TrackingRefused } from './tracking-refused';
import { OBJECTS, type ArtifactRecord } from './transfer-format';

export interface Imported {
  readonly added: {
    readonly experiments: number;
    readonly runs: number;
    readonly loggedModels: number;
    readonly models: number;
    readonly artifacts: number;
  };
  /** What was here already. */
  readonly kept: {
    readonly experiments: number;
    readonly runs: number;
    readonly loggedModels: number;
    readonly models: number;
  };
}

/**
 * @param moves where rows that runs were fitted on and held out lie here, by their URI in the export
 * @throws TrackingRefused when the folder is no export, is damaged, or does not fit in here
 */
export async function importStore(
  directory: string,
  moves: ReadonlyMap<string, string> = new Map(),
): Promise<Imported> {
  const plan = await planImport(directory);
  const experiments = new Map<string, Experiment>();
  for (const [id, { from, here }] of plan.experiments)
    experiments.set(id, here ?? (await addExperiment(from)));
  const target = new Target(plan, experiments, moves);
  for await (const { runId, key, points } of readRecords(directory, 'metrics')) {
    if (!plan.runs.has(runId)) continue;
    await trackingTable().putAll(
      points.map((point) => ({
        ...metricPointKey(runId, key, { ...point, value: Number(point.v) }),
        ...point,
      })),
    );
  }
  await importDatasets(directory, target);
  await target.readPlaces(directory);
  const artifacts = await importArtifacts(directory, plan, target);
  await importRuns(directory, plan, target);
  await importLoggedModels(directory, plan, target);
  await importVersions(directory, plan, target);
  await importModels(directory, plan);
  const { counts } = plan.manifest;
  const known = [...plan.experiments.values()].filter(({ here }) => here !== undefined).length;
  return {
    added: {
      experiments: counts.experiments - known,
      runs: plan.runs.size,
      loggedModels: plan.loggedModels.size,
      models: plan.models.size,
      artifacts,
    },
    kept: {
      experiments: known,
      runs: counts.runs - plan.runs.size,
      loggedModels: counts['logged-models'] - plan.loggedModels.size,
      models: counts.models - plan.models.size,
    },
  };
}

async function addExperiment(from: Experiment): Promise<Experiment> {
  const { restoredAt: _restoredAt, ...rest } = from;
  const table = trackingTable();
  const id = String(await table.increment(experimentSequenceKey, 'n'));
  const experiment: Experiment = {
    ...rest,
    id,
    artifactLocation: `s3://${resourceNames().bucket}/artifacts/${id}`,
  };
  const refused = await table.transact([
    put({ ...experimentNameKey(from.name), id }, NEW),
    put({ ...experimentKey(id), ...experiment }, NEW),
  ]);
  if (refused === undefined) return experiment;
  throw new TrackingRefused(
    'RESOURCE_ALREADY_EXISTS',
    `Somebody made the experiment ${from.name} during the import. Repeat it.`,
  );
}

/** Where things of the export come to lie. */
class Target {
  private readonly places: Map<string, string>;

  constructor(
    private readonly plan: ImportPlan,
    private readonly experiments: ReadonlyMap<string, Experiment>,
    moves: ReadonlyMap<string, string>,
  ) {
    this.places = new Map([...plan.places, ...moves]);
  }

  experiment(id: string): Experiment {
    const found = this.experiments.get(id);
    if (found !== undefined) return found;
    throw new TrackingRefused(
      'INVALID_PARAMETER_VALUE',
      `The export has no experiment ${id}, but things of it.`,
    );
  }

  /** Folders of runs and logged models, by their URI in the export. */
  async readPlaces(directory: string): Promise<void> {
    for await (const run of readRecords(directory, 'runs'))
      this.place(run.artifactUri, `${this.experiment(run.experimentId).artifactLocation}/${run.runId}`);
    for await (const model of readRecords(directory, 'logged-models'))
      this.place(
        model.artifactUri,
        `${this.experiment(model.experimentId).artifactLocation}/models/${model.modelId}/artifacts`,
      );
  }

  /** The same place for what lies under a folder that has moved, else the URI as it is. */
  moved(uri: string): string {
    for (let end = uri.length; end > 0; end = uri.lastIndexOf('/', end - 1)) {
      const place = this.places.get(uri.slice(0, end));
      if (place !== undefined) return place + uri.slice(end);
    }
    return uri;
  }

  private place(from: string, to: string): void {
    const moves = from.startsWith(`s3://${this.plan.manifest.bucket}/`);
    if (!this.places.has(from)) this.places.set(from, moves ? to : from);
  }
}

async function importDatasets(directory: string, target: Target): Promise<void> {
  for await (const { experimentId, item } of readRecords(directory, 'datasets')) {
    const { id } = target.experiment(experimentId);
    await trackingTable().put({ ...datasetKey(id, item.name, item.digest), ...item }, NEW);
  }
}

/** Returns how many were sent: those of new runs and logged models that are not there from an import that was cut off. */
async function importArtifacts(directory: string, plan: ImportPlan, target: Target): Promise<number> {
  const folders = new Map<string, string>();
  for await (const run of readRecords(directory, 'runs'))
    if (plan.runs.has(run.runId)) folders.set(`run ${run.runId}`, target.moved(run.artifactUri));
  for await (const model of readRecords(directory, 'logged-models'))
    if (plan.loggedModels.has(model.modelId))
      folders.set(`logged-model ${model.modelId}`, target.moved(model.artifactUri));
  const { bucket } = resourceNames();
  const store = new ObjectStore(s3Client(), bucket);
  let sent = 0;
  for await (const artifact of readRecords(directory, 'artifacts')) {
    const folder = folders.get(`${artifact.owner.kind} ${artifact.owner.id}`);
    if (folder === undefined) continue;
    const file = await checkedObject(directory, artifact);
    const key = `${folder.slice(`s3://${bucket}/`.length)}/${artifact.path}`;
    if ((await store.head(key)) !== undefined) continue;
    await store.putFile(key, file, { contentType: artifact.contentType });
    sent++;
  }
  return sent;
}

async function checkedObject(directory: string, { sha256, path }: ArtifactRecord): Promise<string> {
  const file = join(directory, OBJECTS, sha256);
  const plain = /^[0-9a-f]{64}$/.test(sha256) && !path.split('/').includes('..');
  const hash = createHash('sha256');
  if (plain && existsSync(file))
    for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  if (plain && hash.digest('hex') === sha256) return file;
  throw new TrackingRefused(
    'INVALID_PARAMETER_VALUE',
    `The artifact ${path} is damaged: ${file} is missing or holds something else.`,
  );
}

async function importRuns(directory: string, plan: ImportPlan, target: Target): Promise<void> {
  for await (const run of readRecords(directory, 'runs')) {
    if (!plan.runs.has(run.runId)) continue;
    const experiment = target.experiment(run.experimentId);
    const { recipes = [], ...rest } = run;
    for (const recipe of recipes) await recordRecipe(run.runId, recipe);
    const document: RunDocument = {
      ...rest,
      experimentId: experiment.id,
      artifactUri: target.moved(run.artifactUri),
      inputs: Object.fromEntries(
        Object.entries(run.inputs).map(([key, input]) => [key, { ...input, uri: target.moved(input.uri) }]),
      ),
      // The experiment it was deleted with is alive here.
      ...(plan.experiments.get(run.experimentId)?.from.lifecycleStage === 'deleted' &&
      experiment.lifecycleStage === 'active'
        ? { lifecycleStage: 'deleted', deletedAt: Date.now() }
        : {}),
    };
    await trackingTable().transact([
      put({ ...runPointerKey(run.runId), experimentId: experiment.id, startTime: run.startTime }, NEW),
      put({ ...runKey(experiment.id, run.startTime, run.runId), ...document }, NEW),
    ]);
    const parent = parentIn(run.t);
    if (parent !== undefined) await trackingTable().transact(parentWrites(run.runId, parent));
  }
}

async function importLoggedModels(directory: string, plan: ImportPlan, target: Target): Promise<void> {
  for await (const model of readRecords(directory, 'logged-models')) {
    if (!plan.loggedModels.has(model.modelId)) continue;
    const { id: experimentId } = target.experiment(model.experimentId);
    await trackingTable().transact([
      put({ ...loggedModelPointerKey(model.modelId), experimentId, createdAt: model.createdAt }, NEW),
      put({
        ...loggedModelKey(experimentId, model.createdAt, model.modelId),
        ...model,
        experimentId,
        artifactUri: target.moved(model.artifactUri),
      }),
    ]);
  }
}

async function importVersions(directory: string, plan: ImportPlan, target: Target): Promise<void> {
  const table = trackingTable();
  for await (const { modelId, item } of readRecords(directory, 'versions')) {
    if (!plan.models.has(modelId)) continue;
    const made = item.deleted !== true && item.runId !== '';
    await table.put({
      ...versionKey(modelId, Number(item.version)),
      ...item,
      source: target.moved(item.source),
      ...(item.storage === undefined ? {} : { storage: target.moved(item.storage) }),
      ...(made ? { g1pk: versionsOfRun(item.runId), g1sk: `${item.name}#${item.version}` } : {}),
    });
    const edges = lineageWrites(
      { kind: 'version', id: `${modelId}/${item.version}` },
      item.runId,
      item.lineage,
    );
    if (edges.length > 0) await table.transact(edges);
  }
}

/** With the events and aliases; the name last, which makes the model visible. */
async function importModels(directory: string, plan: ImportPlan): Promise<void> {
  const table = trackingTable();
  const movedBy = new Map<string, { setAt: string; setBy: string }>();
  for await (const { modelId, rev, item } of readRecords(directory, 'events')) {
    if (!plan.models.has(modelId)) continue;
    if (item.alias !== undefined)
      movedBy.set(`${modelId} ${item.alias.name}`, { setAt: item.at, setBy: item.by });
    await table.put({ ...eventKey(modelId, rev), ...item });
  }
  for await (const model of readRecords(directory, 'models')) {
    if (!plan.models.has(model.id)) continue;
    for (const [alias, version] of Object.entries(model.aliases))
      await table.put({ ...aliasKey(model.id, alias), version, ...movedBy.get(`${model.id} ${alias}`) });
    const refused = await table.transact([
      put({ ...modelNameKey(model.name), id: model.id }, NEW),
      put({ ...modelKey(model.id), ...model }, NEW),
      put({ ...modelListingKey(model.name), ...model }),
    ]);
    if (refused !== undefined)
      throw new TrackingRefused(
        'RESOURCE_ALREADY_EXISTS',
        `Somebody made the model ${model.name} during the import. Rename one of them, then repeat it.`,
      );
  }
}
