import { NEW, put } from '../aws/dynamo-table';
import { resourceNames } from '../aws/environment';
import { trackingTable } from '../aws/tables';
import { experimentKey, experimentNameKey, experimentSequenceKey } from './keys';
import { checkExperimentName } from './limits';
import { TrackingRefused } from './tracking-refused';

export interface Experiment {
  /** Digits: the counter's value. `0` is Default. */
  readonly id: string;
  /** Unique, deleted experiments included. */
  readonly name: string;
  /** `s3://bucket/artifacts/<id>` */
  readonly artifactLocation: string;
  readonly lifecycleStage: 'active' | 'deleted';
  /** ISO instants. */
  readonly createdAt: string;
  readonly updatedAt: string;
  /** When it was last restored: that brings back all runs that had been deleted before. */
  readonly restoredAt?: string;
  readonly tags: Readonly<Record<string, string>>;
}

/**
 * @param artifactLocation @default a folder of the data bucket
 * @throws TrackingRefused RESOURCE_ALREADY_EXISTS
 */
export async function createExperiment(
  name: string,
  tags: Readonly<Record<string, string>> = {},
  artifactLocation?: string,
): Promise<Experiment> {
  checkExperimentName(name);
  await reserveDefault(name);
  const table = trackingTable();
  const id = String(await table.increment(experimentSequenceKey, 'n'));
  const experiment = newExperiment(id, name, tags, artifactLocation);
  // The name is locked by the same transaction: of two that create it at once, one is refused.
  const refused = await table.transact([
    put({ ...experimentNameKey(name), id }, NEW),
    put({ ...experimentKey(id), ...experiment }, NEW),
  ]);
  if (refused !== undefined) throw experimentExists(name);
  return experiment;
}

/** The experiment of that name, made when it is missing. Safe under races. */
export async function ensureExperiment(name: string): Promise<Experiment> {
  const found = await getExperimentByName(name);
  if (found !== undefined) return active(found);
  try {
    return await createExperiment(name);
  } catch (error) {
    if (!(error instanceof TrackingRefused) || error.code !== 'RESOURCE_ALREADY_EXISTS') throw error;
    const other = await getExperimentByName(name);
    if (other === undefined) throw error;
    return active(other);
  }
}

export async function getExperimentByName(name: string): Promise<Experiment | undefined> {
  const table = trackingTable();
  const lock = await table.get<{ id: string }>(experimentNameKey(name));
  return lock === undefined ? undefined : table.get<Experiment>(experimentKey(lock.id));
}

/** @throws TrackingRefused RESOURCE_DOES_NOT_EXIST */
export async function getExperiment(id: string): Promise<Experiment> {
  if (!/^\d+$/.test(id)) {
    throw new TrackingRefused(
      'INVALID_PARAMETER_VALUE',
      `Invalid experiment ID '${id}'. Experiment ID must be a valid integer.`,
    );
  }
  const found = await trackingTable().get<Experiment>(experimentKey(id));
  if (found !== undefined) return found;
  if (id === '0') return makeDefault();
  throw noExperiment(id);
}

export function noExperiment(id: string): TrackingRefused {
  return new TrackingRefused('RESOURCE_DOES_NOT_EXIST', `No Experiment with id=${id} exists`);
}

export function experimentExists(name: string): TrackingRefused {
  return new TrackingRefused('RESOURCE_ALREADY_EXISTS', `Experiment(name=${name}) already exists.`);
}

/** Newest first. */
export async function listExperiments(): Promise<Experiment[]> {
  const all = await trackingTable().query<Experiment>({ pk: 'EXPS', prefix: 'E#' });
  return all.sort((a, b) => Number(b.id) - Number(a.id));
}

/** The name belongs to number 0 before anybody has asked for that. */
export async function reserveDefault(name: string): Promise<void> {
  if (name === 'Default') await getExperiment('0');
}

/** MLflow clients that name no experiment use number 0, so it is there as soon as somebody asks. */
async function makeDefault(): Promise<Experiment> {
  const experiment = newExperiment('0', 'Default', {});
  const table = trackingTable();
  await table.transact([
    put({ ...experimentNameKey('Default'), id: '0' }, NEW),
    put({ ...experimentKey('0'), ...experiment }, NEW),
  ]);
  return (await table.get<Experiment>(experimentKey('0'))) ?? experiment;
}

function newExperiment(
  id: string,
  name: string,
  tags: Readonly<Record<string, string>>,
  artifactLocation = `s3://${resourceNames().bucket}/artifacts/${id}`,
): Experiment {
  const now = new Date().toISOString();
  return {
    id,
    name,
    artifactLocation,
    lifecycleStage: 'active',
    createdAt: now,
    updatedAt: now,
    tags,
  };
}

function active(experiment: Experiment): Experiment {
  if (experiment.lifecycleStage === 'active') return experiment;
  throw new TrackingRefused(
    'INVALID_PARAMETER_VALUE',
    `The experiment ${experiment.name} (${experiment.id}) must be in the 'active' state. Current state is deleted. Restore it, or use another name.`,
  );
}
