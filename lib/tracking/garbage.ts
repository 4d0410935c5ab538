/**
 * Deleted experiments and runs that may be removed for good. What a registered model version was made from stays, with the
 * experiment around it: the version's files lie there.
 */
import { listExperiments, type Experiment } from './experiments';

import { allLoggedModels, type LoggedModel } from './logged-models';
import { versionsOf, type ModelVersion } from './model-versions';
import { listModels } from './registered-models';
import type { RunDocument } from './run-document';
import { runsNewestFirst } from './run-pages';

export interface Garbage {
  /** Each with all its runs and logged models. */
  readonly experiments: readonly GarbageExperiment[];
  /** Deleted runs of experiments that stay. */
  readonly runs: readonly GarbageRun[];
  readonly kept: readonly Kept[];
}

export interface GarbageExperiment {
  readonly experiment: Experiment;
  readonly runs: readonly RunDocument[];
  readonly loggedModels: readonly LoggedModel[];
}

export interface GarbageRun {
  readonly experiment: Experiment;
  readonly run: RunDocument;
}

export interface Kept {
  readonly kind: 'experiment' | 'run';
  readonly id: string;
  readonly name: string;
  /** Model versions that need it, as `<model>/<version>`. */
  readonly versions: readonly string[];
}

/** @param deletedBefore milliseconds since 1970 */
export async function findGarbage(deletedBefore: number): Promise<Garbage> {
  const versions = (await Promise.all((await listModels()).map(versionsOf))).flat();
  const experiments: GarbageExperiment[] = [];
  const runs: GarbageRun[] = [];
  const kept: Kept[] = [];
  for (const experiment of await listExperiments()) {
    const whole = experiment.lifecycleStage === 'deleted';
    // Restoring a young one brings back all its runs, so they wait with it.
    if (whole && Date.parse(experiment.updatedAt) >= deletedBefore) continue;
    const free: RunDocument[] = [];
    const holders: string[] = [];
    for await (const run of runsNewestFirst([experiment])) {
      const deleted = run.lifecycleStage === 'deleted' && (whole || (run.deletedAt ?? 0) < deletedBefore);
      if (!deleted) continue;
      const needed = versions.filter((version) => isMadeFrom(version, run)).map(nameOf);
      if (needed.length === 0) free.push(run);
      else kept.push({ kind: 'run', id: run.runId, name: run.runName, versions: needed });
      holders.push(...needed);
    }
    const loggedModels = whole ? await allLoggedModels(experiment.id) : [];
    for (const model of loggedModels)
      holders.push(...versions.filter((version) => isMadeOf(version, model)).map(nameOf));
    if (whole && holders.length === 0) experiments.push({ experiment, runs: free, loggedModels });
    else runs.push(...free.map((run) => ({ experiment, run })));
    if (whole && holders.length > 0)
      kept.push({
        kind: 'experiment',
        id: experiment.id,
        name: experiment.name,
        versions: [...new Set(holders)],
      });
  }
  return { experiments, runs, kept };
}

function isMadeFrom(version: ModelVersion, run: RunDocument): boolean {
  return version.runId === run.runId || liesIn(version, run.artifactUri);
}

function isMadeOf(version: ModelVersion, model: LoggedModel): boolean {
  return version.modelId === model.modelId || liesIn(version, model.artifactUri);
}

function liesIn({ storage, source }: ModelVersion, folder: string): boolean {
  return `${storage ?? source}/`.startsWith(`${folder}/`);
}

function nameOf({ name, version }: ModelVersion): string {
  return `${name}/${version}`;
}
