/**
 * Removes deleted runs and experiments for good.
 *
 * 1. One transaction takes the run (or the experiment and its name) away, only if nobody has changed or restored it since it
 *    was read, and notes what is still to be cleared.
 * 2. Points of metrics and artifacts are cleared behind it, and the note last. A purge that was cut off is finished by the next.
 * 3. Only folders of runs and of logged models are emptied: experiments may share the place they are in.
 */
import { put, remove, check } from '../aws/dynamo-table';
import { s3Client } from '../aws/clients/s3';
import { resourceNames } from '../aws/environment';
import { ObjectStore } from '../aws/object-store';
import { trackingTable } from '../aws/tables';
import { clearPartition } from './clear-partition';
import type { GarbageExperiment, GarbageRun } from './garbage';
import {
  experimentKey,
  experimentNameKey,
  loggedModelPointerKey,
  metricHistoryPartition,
  purgedExperimentKey,
  purgedRunKey,
  purgePartition,
  runKey,
  recipeKey,
  runPointerKey,
} from './keys';
import { readRecipes } from './recipes';
import { removeFromLineage } from './lineage';

interface PurgedRun {
  readonly kind: 'run';
  readonly runId: string;
  readonly artifactUri: string;
  readonly metrics: readonly string[];
}

interface PurgedExperiment {
  readonly kind: 'experiment';
  readonly id: string;
  readonly loggedModels: readonly { readonly modelId: string; readonly artifactUri: string }[];
}

const AT_ONCE = 25;

/** Objects that were deleted; `undefined` when the run was changed or restored meanwhile, and stays. */
export async function purgeRun({ experiment, run }: GarbageRun): Promise<number | undefined> {
  const note: PurgedRun = {
    kind: 'run',
    runId: run.runId,
    artifactUri: run.artifactUri,
    metrics: Object.keys(run.m),
  };
  const refused = await trackingTable().transact([
    remove(runKey(run.experimentId, run.startTime, run.runId), {
      ConditionExpression: 'rev = :rev',
      ExpressionAttributeValues: { ':rev': run.rev },
    }),
    check(experimentKey(experiment.id), {
      ConditionExpression: 'updatedAt = :at',
      ExpressionAttributeValues: { ':at': experiment.updatedAt },
    }),
    remove(runPointerKey(run.runId)),
    put({ ...purgedRunKey(run.runId), ...note }),
  ]);
  return refused === undefined ? clearRun(note) : undefined;
}

/** The same for an experiment with all that is in it. */
export async function purgeExperiment(garbage: GarbageExperiment): Promise<number | undefined> {
  const { experiment, loggedModels } = garbage;
  let objects = 0;
  for (const run of garbage.runs) {
    const cleared = await purgeRun({ experiment, run });
    if (cleared === undefined) return undefined;
    objects += cleared;
  }
  const note: PurgedExperiment = {
    kind: 'experiment',
    id: experiment.id,
    loggedModels: loggedModels.map(({ modelId, artifactUri }) => ({ modelId, artifactUri })),
  };
  const refused = await trackingTable().transact([
    remove(experimentKey(experiment.id), {
      ConditionExpression: 'lifecycleStage = :deleted AND updatedAt = :at',
      ExpressionAttributeValues: { ':deleted': 'deleted', ':at': experiment.updatedAt },
    }),
    remove(experimentNameKey(experiment.name)),
    put({ ...purgedExperimentKey(experiment.id), ...note }),
  ]);
  return refused === undefined ? objects + (await clearExperiment(note)) : undefined;
}

/** Clears what purges before this one have left behind. Returns how many objects that were. */
export async function finishPurges(): Promise<number> {
  const notes = await trackingTable().query<PurgedRun | PurgedExperiment>({ pk: purgePartition });
  let objects = 0;
  for (const note of notes)
    objects += note.kind === 'run' ? await clearRun(note) : await clearExperiment(note);
  return objects;
}

async function clearRun({ runId, artifactUri, metrics }: PurgedRun): Promise<number> {
  for (const metric of metrics) await clearPartition(metricHistoryPartition(runId, metric));
  for (const { task } of await readRecipes(runId)) await trackingTable().delete(recipeKey(runId, task));
  await removeFromLineage({ kind: 'run', id: runId });
  const objects = await clearFolder(artifactUri);
  await trackingTable().delete(purgedRunKey(runId));
  return objects;
}

async function clearExperiment({ id, loggedModels }: PurgedExperiment): Promise<number> {
  let objects = 0;
  for (const { modelId, artifactUri } of loggedModels) {
    objects += await clearFolder(artifactUri);
    await trackingTable().delete(loggedModelPointerKey(modelId));
  }
  await clearPartition(`E#${id}`);
  await trackingTable().delete(purgedExperimentKey(id));
  return objects;
}

/** Artifacts in other buckets are somebody else's to delete. */
async function clearFolder(uri: string): Promise<number> {
  const { bucket } = resourceNames();
  const folder = uri.startsWith(`s3://${bucket}/`) ? uri.slice(`s3://${bucket}/`.length) : '';
  if (folder === '') return 0;
  const store = new ObjectStore(s3Client(), bucket);
  const objects = await store.list(`${folder.replace(/\/+$/, '')}/`);
  for (let i = 0; i < objects.length; i += AT_ONCE)
    await Promise.all(objects.slice(i, i + AT_ONCE).map(({ key }) => store.delete(key)));
  return objects.length;
}
