/**
 * What an import would do, found out before anything is written. Experiments are the same when their names are; runs, logged
 * models and registered models when their ids are. What is here already is left as it is.
 */
import { trackingTable } from '../aws/tables';
import { getExperiment, listExperiments, type Experiment } from './experiments';
import { loggedModelPointerKey, modelKey } from './keys';
import { checkModelName, checkRunId } from './limits';
import { readManifest, readRecords } from './read-export';
import { findModel, type RegisteredModel } from './registered-models';
import { readRunDocument } from './run-document';
import { runExists } from './runs';
import { TrackingRefused } from './tracking-refused';
import type { Manifest } from './transfer-format';

export interface ImportPlan {
  readonly manifest: Manifest;
  /** By id in the export; `here` is absent when it has to be made. */
  readonly experiments: ReadonlyMap<
    string,
    { readonly from: Experiment; readonly here: Experiment | undefined }
  >;
  /** Ids of what is not here yet. */
  readonly runs: ReadonlySet<string>;
  readonly loggedModels: ReadonlySet<string>;
  readonly models: ReadonlySet<string>;
  /** Where the artifacts of runs that are here already lie, by their URI in the export. */
  readonly places: ReadonlyMap<string, string>;
}

/** @throws TrackingRefused that names all conflicts */
export async function planImport(directory: string): Promise<ImportPlan> {
  const manifest = await readManifest(directory);
  const conflicts: string[] = [];
  const byName = new Map((await listExperiments()).map((experiment) => [experiment.name, experiment]));
  const experiments = new Map<string, { from: Experiment; here: Experiment | undefined }>();
  for await (const from of readRecords(directory, 'experiments')) {
    const here = byName.get(from.name) ?? (from.name === 'Default' ? await getExperiment('0') : undefined);
    if (from.lifecycleStage === 'active' && here?.lifecycleStage === 'deleted')
      conflicts.push(
        `the experiment ${from.name} is deleted here; restore it, or remove it with \`millrace gc\``,
      );
    experiments.set(from.id, { from, here });
  }
  const places = new Map<string, string>();
  const runs = new Set<string>();
  for await (const run of readRecords(directory, 'runs')) {
    checkRunId(run.runId);
    if (await runExists(run.runId))
      places.set(run.artifactUri, (await readRunDocument(run.runId)).artifactUri);
    else runs.add(run.runId);
  }
  const loggedModels = new Set<string>();
  for await (const { modelId } of readRecords(directory, 'logged-models'))
    if ((await trackingTable().get(loggedModelPointerKey(modelId))) === undefined) loggedModels.add(modelId);
  const models = new Set<string>();
  for await (const model of readRecords(directory, 'models')) {
    checkModelName(model.name);
    if ((await trackingTable().get<RegisteredModel>(modelKey(model.id))) !== undefined) continue;
    if ((await findModel(model.name)) === undefined) models.add(model.id);
    else conflicts.push(`another registered model is called ${model.name} here; rename one of them`);
  }
  if (conflicts.length > 0)
    throw new TrackingRefused('INVALID_STATE', `The export does not fit in here: ${conflicts.join('; ')}.`);
  return { manifest, experiments, runs, loggedModels, models, places };
}
