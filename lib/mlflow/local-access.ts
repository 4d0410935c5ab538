/**
 * Permissions on one machine, to try them before they are deployed: `millrace dev --mlflow-permissions <file>`. Callers name
 * themselves, as MLFLOW_TRACKING_USERNAME does, by a name or by `role:…` or `group:…`; no password is asked for. Who names
 * nobody is the developer, who may do everything.
 */
import type { TrackingPermissions } from '../model/tracking-permissions';
import { accessOf } from './access/access';
import { namedCaller } from './access/caller';
import type { HandleOptions } from './handle-request';

export function localAccess(
  permissions: TrackingPermissions | undefined,
  authorization: string | undefined,
): Pick<HandleOptions, 'access' | 'by'> {
  const name = nameOf(authorization);
  if (permissions === undefined || name === undefined) return {};
  const caller = namedCaller(name);
  return { by: caller.by, access: accessOf(permissions, caller) };
}

/** The name of Basic authentication. */
function nameOf(authorization: string | undefined): string | undefined {
  const encoded = /^Basic\s+(\S+)$/i.exec(authorization ?? '')?.[1];
  if (encoded === undefined) return undefined;
  const name = Buffer.from(encoded, 'base64').toString('utf8').split(':').slice(0, -1).join(':');
  return name === '' ? undefined : name;
}
