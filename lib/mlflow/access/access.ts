/** What one caller may do with experiments and registered models. */
import {
  fits,
  PERMISSIONS,
  type Permission,
  type PermissionRule,
  type TrackingPermissions,
} from '../../model/tracking-permissions';
import { withGroups, type Caller } from './caller';

export type Kind = 'experiment' | 'model';

export interface Access {
  /** Whether everything is allowed. */
  readonly admin: boolean;
  /** As refusals name the caller. */
  readonly who: string;
  permission(kind: Kind, name: string): Permission;
}

export function accessOf(permissions: TrackingPermissions, caller: Caller): Access {
  const names = withGroups(caller.names, permissions.groups);
  const among = (patterns: readonly string[]) =>
    patterns.some((pattern) => pattern === '*' || names.some((name) => fits(pattern, name)));
  const admin = among(permissions.admins);
  const rules: Record<Kind, readonly PermissionRule[]> = {
    experiment: permissions.experiments.filter(({ to }) => among(to)),
    model: permissions.models.filter(({ to }) => among(to)),
  };
  return {
    admin,
    who: caller.names[0] ?? caller.by,
    permission: (kind, name) =>
      admin
        ? 'MANAGE'
        : (rules[kind].find((rule) => fits(rule.name, name))?.permission ?? permissions.default),
  };
}

export function includes(held: Permission, needed: Permission): boolean {
  return PERMISSIONS.indexOf(held) >= PERMISSIONS.indexOf(needed);
}
