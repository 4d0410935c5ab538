/** Lets a request through or refuses it, before anything of it is done. */
import { getExperiment } from '../../tracking/experiments';
import { TrackingRefused } from '../../tracking/tracking-refused';
import { MlflowError } from '../mlflow-error';
import { includes, type Access } from './access';
import { needOf, type Check, type Values } from './needs';
import type { Subject } from './subjects';

/**
 * The fields as the endpoint may see them.
 * @param method one of those that the endpoint has
 * @throws MlflowError PERMISSION_DENIED
 */
export async function permitted<V extends Values>(
  access: Access | undefined,
  endpoint: { readonly method: string; readonly path: string },
  values: V,
): Promise<V> {
  if (access === undefined || access.admin) return values;
  const need = needOf(endpoint.method, endpoint.path);
  switch (need.kind) {
    case 'open':
    case 'filtered':
      return values;
    case 'administrator':
      throw denied(access, 'This is for administrators only');
    case 'narrowed':
      return { ...values, [need.field]: await readable(access, values[need.field]) };
    case 'checked':
      for (const check of need.checks) await refuseUnless(access, check, values);
      return values;
  }
}

async function refuseUnless(access: Access, check: Check, values: Values): Promise<void> {
  const lacking = (await check.of(values)).find((subject) => !has(access, subject, check.needs));
  if (lacking === undefined) return;
  const others = (await check.orOneOf?.(values)) ?? [];
  if (others.some((subject) => has(access, subject, check.needs))) return;
  throw denied(
    access,
    lacking.kind === 'everything'
      ? 'It belongs to no experiment: that is for administrators only'
      : `It needs ${check.needs} on ${shown(access, lacking)}`,
  );
}

function has(access: Access, subject: Subject, needed: Check['needs']): boolean {
  return subject.kind !== 'everything' && includes(access.permission(subject.kind, subject.name), needed);
}

/** Names are told only to who may read what has them. */
function shown(access: Access, { kind, name }: Exclude<Subject, { kind: 'everything' }>): string {
  const held = access.permission(kind, name);
  const what = kind === 'model' ? 'registered model' : 'experiment';
  return held === 'NONE' ? `the ${what}` : `the ${what} '${name}', and has ${held}`;
}

/** Ids of what does not exist stay: the endpoint answers for them. */
async function readable(access: Access, ids: unknown): Promise<string[]> {
  const given = (ids ?? []) as readonly string[];
  const kept = await Promise.all(given.map(async (id) => mayReadExperiment(access, id)));
  return given.filter((_id, i) => kept[i]);
}

async function mayReadExperiment(access: Access, id: string): Promise<boolean> {
  try {
    return includes(access.permission('experiment', (await getExperiment(id)).name), 'READ');
  } catch (error) {
    if (error instanceof TrackingRefused) return true;
    throw error;
  }
}

function denied(access: Access, why: string): MlflowError {
  return new MlflowError(
    'PERMISSION_DENIED',
    `Permission denied for ${access.who}. ${why}. Who may do what is in the file of permissions of this API.`,
  );
}
