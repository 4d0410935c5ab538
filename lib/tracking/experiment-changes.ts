/** Experiments renamed, deleted, restored, tagged: one conditional write each. */
import { NEW, put, remove, update, type Update } from '../aws/dynamo-table';
import { trackingTable } from '../aws/tables';
import {
  experimentExists,
  getExperiment,
  noExperiment,
  reserveDefault,
  type Experiment,
} from './experiments';
import { experimentKey, experimentNameKey } from './keys';
import { checkExperimentName } from './limits';
import { TrackingRefused } from './tracking-refused';

/** @throws TrackingRefused INVALID_STATE when it is deleted, RESOURCE_ALREADY_EXISTS when the name is taken */
export async function renameExperiment(id: string, name: string): Promise<void> {
  checkExperimentName(name);
  await reserveDefault(name);
  const experiment = await getExperiment(id);
  if (experiment.lifecycleStage === 'deleted')
    throw new TrackingRefused(
      'INVALID_STATE',
      `Cannot rename a non-active experiment: ${id}. Restore it first.`,
    );
  if (experiment.name === name) return;
  const refused = await trackingTable().transact([
    put({ ...experimentNameKey(name), id }, NEW),
    remove(experimentNameKey(experiment.name)),
    update(experimentKey(id), {
      UpdateExpression: 'SET #name = :name, updatedAt = :at',
      ConditionExpression: '#name = :before AND lifecycleStage = :active',
      ExpressionAttributeNames: { '#name': 'name' },
      ExpressionAttributeValues: {
        ':name': name,
        ':before': experiment.name,
        ':active': 'active',
        ':at': new Date().toISOString(),
      },
    }),
  ]);
  if (refused === 0) throw experimentExists(name);
  // Renamed or deleted by somebody else meanwhile: what is true now decides.
  if (refused !== undefined) await renameExperiment(id, name);
}

/** Deletes it with all its runs; its name stays taken. @throws TrackingRefused when there is no active one */
export async function deleteExperiment(id: string): Promise<void> {
  await getExperiment(id);
  await changeStage(id, 'active', 'SET lifecycleStage = :to, updatedAt = :at');
}

/** Restores it with all its runs, those that were deleted one by one included. @throws TrackingRefused when none is deleted */
export async function restoreExperiment(id: string): Promise<void> {
  await changeStage(id, 'deleted', 'SET lifecycleStage = :to, updatedAt = :at, restoredAt = :at');
}

/** The last value wins. @throws TrackingRefused when there is no such active experiment */
export async function setExperimentTag(id: string, key: string, value: string): Promise<void> {
  activeOnly(await getExperiment(id));
  await change(id, {
    UpdateExpression: 'SET tags.#key = :value, updatedAt = :at',
    ExpressionAttributeNames: { '#key': key },
    ExpressionAttributeValues: { ':value': value, ':at': new Date().toISOString() },
  });
}

/** @throws TrackingRefused RESOURCE_DOES_NOT_EXIST for an unknown experiment or tag */
export async function deleteExperimentTag(id: string, key: string): Promise<void> {
  const experiment = activeOnly(await getExperiment(id));
  if (experiment.tags[key] === undefined) {
    throw new TrackingRefused(
      'RESOURCE_DOES_NOT_EXIST',
      `No tag with name: ${key} in experiment with id ${id}`,
    );
  }
  await change(id, {
    UpdateExpression: 'REMOVE tags.#key SET updatedAt = :at',
    ExpressionAttributeNames: { '#key': key },
    ExpressionAttributeValues: { ':at': new Date().toISOString() },
  });
}

async function changeStage(
  id: string,
  from: Experiment['lifecycleStage'],
  expression: string,
): Promise<void> {
  const written = await trackingTable().update(experimentKey(id), {
    UpdateExpression: expression,
    ConditionExpression: 'lifecycleStage = :from',
    ExpressionAttributeValues: {
      ':from': from,
      ':to': from === 'active' ? 'deleted' : 'active',
      ':at': new Date().toISOString(),
    },
  });
  if (!written) throw noExperiment(id);
}

async function change(id: string, expression: Update): Promise<void> {
  const written = await trackingTable().update(experimentKey(id), {
    ...expression,
    ConditionExpression: 'attribute_exists(pk)',
  });
  if (!written) throw noExperiment(id);
}

function activeOnly(experiment: Experiment): Experiment {
  if (experiment.lifecycleStage === 'active') return experiment;
  throw new TrackingRefused(
    'INVALID_PARAMETER_VALUE',
    `The experiment ${experiment.id} must be in the 'active' state. Current state is deleted.`,
  );
}
