/**
 * Who may do what with experiments and registered models, as a file says it (docs/guides/permissions.md):
 *
 *   { "default": "READ",
 *     "admins": ["role:ml-admin"],
 *     "groups": { "risk": ["user:ann", "role:RiskAnalyst"] },
 *     "experiments": [{ "name": "credit-*", "permission": "EDIT", "to": ["group:risk"] }],
 *     "models": [{ "name": "credit-risk", "permission": "MANAGE", "to": ["group:risk"] }],
 *     "claims": { "user": "sub", "groups": "cognito:groups" } }
 *
 * The first rule whose name and callers fit decides; where none does, the default. `*` in a pattern is any text.
 */

/** Each has all that those before it have. */
export const PERMISSIONS = ['NONE', 'READ', 'EDIT', 'MANAGE'] as const;
export type Permission = (typeof PERMISSIONS)[number];

export interface PermissionRule {
  /** Pattern of the names of experiments or models. */
  readonly name: string;
  readonly permission: Permission;
  /** Patterns of callers: `user:…`, `role:…`, `group:…`, a whole ARN, or `*`. */
  readonly to: readonly string[];
}

export interface TrackingPermissions {
  /** What everybody has where no rule fits. */
  readonly default: Permission;
  /** Patterns of callers who may do everything. */
  readonly admins: readonly string[];
  /** Patterns of members by group, besides the groups that a token names. */
  readonly groups: Readonly<Record<string, readonly string[]>>;
  readonly experiments: readonly PermissionRule[];
  readonly models: readonly PermissionRule[];
  /** Claims of a JWT that say who calls. @default user `sub`, groups `cognito:groups` */
  readonly claims: { readonly user: string; readonly groups: string };
}

/** The file of permissions is not what it has to be. */
export class PermissionsFaulty extends Error {
  override readonly name = 'Millrace.PermissionsFaulty';
}

const CALLER = /^(?:\*|(?:user|role|group):.+|arn:.+)$/s;

/** @throws PermissionsFaulty that says which member is wrong and what it may be */
export function readTrackingPermissions(text: string): TrackingPermissions {
  let source: unknown;
  try {
    source = JSON.parse(text);
  } catch (cause) {
    throw new PermissionsFaulty(`The file of permissions is no JSON: ${String(cause)}`, { cause });
  }
  const file = members(source, 'the file', [
    'default',
    'admins',
    'groups',
    'experiments',
    'models',
    'claims',
  ]);
  const claims = members(file['claims'] ?? {}, 'claims', ['user', 'groups']);
  return {
    default: permission(file['default'] ?? 'READ', 'default'),
    admins: callers(file['admins'] ?? [], 'admins'),
    groups: Object.fromEntries(
      Object.entries(members(file['groups'] ?? {}, 'groups')).map(([group, list]) => [
        group,
        callers(list, `groups.${group}`, /^(?:user|role):.+|^arn:.+/s),
      ]),
    ),
    experiments: rules(file['experiments'] ?? [], 'experiments'),
    models: rules(file['models'] ?? [], 'models'),
    claims: {
      user: filled(claims['user'] ?? 'sub', 'claims.user'),
      groups: filled(claims['groups'] ?? 'cognito:groups', 'claims.groups'),
    },
  };
}

/** Whether a text fits a pattern in which `*` is any text. */
export function fits(pattern: string, text: string): boolean {
  const [first = '', ...rest] = pattern.split('*');
  const last = rest.pop();
  if (last === undefined) return pattern === text;
  if (!text.startsWith(first)) return false;
  let at = first.length;
  for (const part of rest) {
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return text.length - last.length >= at && text.endsWith(last);
}

function rules(value: unknown, at: string): PermissionRule[] {
  return listOf(value, at).map((rule, i) => {
    const here = `${at}[${i}]`;
    const { name, permission: granted, to } = members(rule, here, ['name', 'permission', 'to']);
    return {
      name: filled(name, `${here}.name`),
      permission: permission(granted, `${here}.permission`),
      to: callers(to, `${here}.to`),
    };
  });
}

function callers(value: unknown, at: string, form = CALLER): string[] {
  const found = listOf(value, at).map((caller, i) => {
    if (typeof caller === 'string' && form.test(caller)) return caller;
    throw faulty(
      `${at}[${i}]`,
      caller,
      form === CALLER
        ? 'user:<name>, role:<name>, group:<name>, an ARN, or *'
        : 'user:<name>, role:<name> or an ARN',
    );
  });
  return found;
}

function permission(value: unknown, at: string): Permission {
  const found = PERMISSIONS.find((one) => one === value);
  if (found === undefined) throw faulty(at, value, `one of ${PERMISSIONS.join(', ')}`);
  return found;
}

function members(value: unknown, at: string, known?: readonly string[]): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw faulty(at, value, 'an object');
  const strange = known === undefined ? undefined : Object.keys(value).find((key) => !known.includes(key));
  if (strange !== undefined)
    throw new PermissionsFaulty(
      `In the file of permissions ${at} has the member ${JSON.stringify(strange)}; known are ${known?.join(', ')}.`,
    );
  return value as Record<string, unknown>;
}

function listOf(value: unknown, at: string): unknown[] {
  if (!Array.isArray(value)) throw faulty(at, value, 'a list');
  return value as unknown[];
}

function filled(value: unknown, at: string): string {
  if (typeof value !== 'string' || value === '') throw faulty(at, value, 'a text that is not empty');
  return value;
}

function faulty(at: string, value: unknown, expected: string): PermissionsFaulty {
  return new PermissionsFaulty(
    `In the file of permissions ${at} is ${JSON.stringify(value) ?? 'missing'}; it has to be ${expected}.`,
  );
}
