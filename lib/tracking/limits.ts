/** What MLflow accepts as names, keys and values. @throws TrackingRefused with MLflow's words, and the remedy where it gives none */
import { posix } from 'node:path';
import { TrackingRefused } from './tracking-refused';

const KEY = /^[/\p{L}\p{N}_.\- :]*$/u;
const MAX_KEY = 250;
const MAX_EXPERIMENT_NAME = 500;
const MAX_ALIAS = 255;
export const MAX_PARAM_VALUE = 6000;
export const MAX_TAG_VALUE = 8000;
export const MAX_DIGEST = 36;

const refuse = (message: string): never => {
  throw new TrackingRefused('INVALID_PARAMETER_VALUE', message);
};

export function checkKey(kind: 'param' | 'metric' | 'tag', key: string): void {
  if (key === '') {
    refuse(
      `Missing value for required parameter 'key'. A ${kind} needs a name of 1 to ${MAX_KEY} characters.`,
    );
  }
  if (key.length > MAX_KEY) {
    refuse(
      `${kind} key '${key.slice(0, 60)}…' has ${key.length} characters, which exceeds the limit of ${MAX_KEY}.`,
    );
  }
  const normal = posix.normalize(key) === key && key !== '.' && !key.startsWith('..') && !key.startsWith('/');
  if (!KEY.test(key) || !normal || key === '__proto__') {
    refuse(
      `Invalid ${kind} name: '${key}'. Names may only contain alphanumerics, underscores (_), dashes (-), periods (.), spaces ( ), colons (:) and slashes (/), and must be a plain relative path.`,
    );
  }
}

/** Whether a param, metric or tag may have the name. */
export function isKey(key: string): boolean {
  try {
    checkKey('param', key);
    return true;
  } catch (error) {
    if (error instanceof TrackingRefused) return false;
    throw error;
  }
}

/** MLflow cuts values that are too long, by default; so does this. */
export function truncated(value: string, limit: number): string {
  return value.length > limit ? value.slice(0, limit) : value;
}

export function checkExperimentName(name: string): void {
  if (name.trim() === '') refuse('Invalid experiment name: it is empty.');
  if (name.length > MAX_EXPERIMENT_NAME) {
    refuse(
      `Experiment name has ${name.length} characters, which exceeds the limit of ${MAX_EXPERIMENT_NAME}.`,
    );
  }
}

export function checkRunId(runId: string): void {
  if (!/^[a-z0-9][a-z0-9_-]{0,255}$/.test(runId))
    refuse(`Invalid run ID: '${runId}'. It has lower-case letters, digits, - and _.`);
}

export function checkModelName(name: string): void {
  if (name.trim() === '' || /[/:]/.test(name) || posix.normalize(name) !== name || name.startsWith('..')) {
    refuse(`Invalid model name: '${name}'. Names are not empty and contain neither / nor :.`);
  }
}

export function checkAlias(alias: string): void {
  if (alias === '') refuse('Registered model alias name cannot be empty.');
  if (!/^[\p{L}\p{N}_-]*$/u.test(alias)) {
    refuse(
      `Invalid alias name: '${alias}'. Names may only contain alphanumerics, underscores (_), and dashes (-).`,
    );
  }
  if (alias.length > MAX_ALIAS)
    refuse(`'Registered model alias name' exceeds the maximum length of ${MAX_ALIAS} characters`);
  if (/^latest$/i.test(alias)) refuse("'latest' alias name (case insensitive) is reserved.");
  if (/^v\d+$/i.test(alias)) refuse(`Version alias name '${alias}' is reserved.`);
}
