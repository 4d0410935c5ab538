/**
 * A change of a run as an update of the keys that it touches: writers of different keys do not get in each other's way, and
 * the run is not sent as a whole. What an update cannot say is written as a whole item under its revision.
 */
import type { Update } from '../aws/dynamo-table';
import type { LatestMetric, RunDocument } from './run-document';

/** Keys of one update: an expression has at most 4 KB and 300 operators. */
const MAX_KEYS = 20;

/** `undefined` when more has changed than latest metrics, new params and set tags, or too many of them. */
export function runDelta(run: RunDocument, changed: RunDocument): Update | undefined {
  const { m, p, t, runName, ...rest } = changed;
  // Its experiment was restored: what the item says of its stage has to be put right too.
  if (run.deletedAt !== undefined) return undefined;
  const before: Readonly<Record<string, unknown>> = { ...run };
  if (runName !== run.runName || Object.keys(run).length !== Object.keys(changed).length) return undefined;
  if (Object.entries(rest).some(([member, value]) => before[member] !== value)) return undefined;
  const metrics = setKeys(run.m, m);
  const params = setKeys(run.p, p);
  const tags = setKeys(run.t, t);
  if (metrics === undefined || params === undefined || tags === undefined) return undefined;
  const count = metrics.length + params.length + tags.length;
  if (count === 0 || count > MAX_KEYS) return undefined;

  const names: Record<string, string> = { '#rev': 'rev', '#stage': 'lifecycleStage' };
  const values: Record<string, unknown> = { ':one': 1, ':active': 'active' };
  const sets: string[] = [];
  const conditions: string[] = ['#stage = :active'];
  const place = (member: string, key: string, value: unknown): { path: string; i: number } => {
    const i = sets.length;
    names[`#${member}`] = member;
    names[`#k${i}`] = key;
    values[`:v${i}`] = value;
    const path = `#${member}.#k${i}`;
    sets.push(`${path} = :v${i}`);
    return { path, i };
  };
  for (const [key, point] of metrics) {
    const { path, i } = place('m', key, point);
    const known = Object.hasOwn(run.m, key) ? run.m[key] : undefined;
    Object.assign(names, { '#step': 'step', '#time': 'timestamp' });
    values[`:s${i}`] = point.step;
    values[`:t${i}`] = point.timestamp;
    conditions.push(`(${older(path, i)}${known === undefined ? '' : ` OR ${path} = :w${i}`})`);
    if (known !== undefined) values[`:w${i}`] = known;
  }
  // Params never change, so whoever was faster has the last word.
  for (const [key, value] of params) conditions.push(`attribute_not_exists(${place('p', key, value).path})`);
  for (const [key, value] of tags) place('t', key, value);
  return {
    UpdateExpression: `SET ${sets.join(', ')} ADD #rev :one`,
    ConditionExpression: conditions.join(' AND '),
    ExpressionAttributeNames: names,
    ExpressionAttributeValues: values,
  };
}

/** Whether what is there, if anything, comes before the point by step and timestamp; of equals it has to be what was read. */
function older(path: string, i: number): string {
  return `attribute_not_exists(${path}) OR ${path}.#step < :s${i} OR (${path}.#step = :s${i} AND ${path}.#time < :t${i})`;
}

/** Keys with their new values; `undefined` when one was taken back. */
function setKeys<T extends string | LatestMetric>(
  before: Readonly<Record<string, T>>,
  after: Readonly<Record<string, T>>,
): [string, T][] | undefined {
  if (before === after) return [];
  const set = Object.entries(after).filter(
    ([key, value]) => !Object.hasOwn(before, key) || before[key] !== value,
  );
  const added = set.filter(([key]) => !Object.hasOwn(before, key)).length;
  return Object.keys(after).length === Object.keys(before).length + added ? set : undefined;
}
