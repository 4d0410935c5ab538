/** Who asks, in the words in which permissions name callers. */
import type { TrackingPermissions } from '../../model/tracking-permissions';
import { fits } from '../../model/tracking-permissions';

export interface Caller {
  /** As the registry records it: an ARN, the subject of a token, a name. */
  readonly by: string;
  /** E.g. `user:ann`, `group:risk`, `role:RiskAnalyst`, `arn:aws:sts::…`. */
  readonly names: readonly string[];
}

/** Whoever signed with IAM: a user or a role. The name of a session is chosen by who assumes the role, so it says nothing. */
export function iamCaller(arn: string): Caller {
  const [, kind, path = ''] = /^arn:[^:]*:(?:iam|sts)::\d*:(user|assumed-role)\/(.+)$/s.exec(arn) ?? [];
  const parts = path.split('/');
  const name =
    kind === 'user' ? `user:${parts.at(-1)}` : kind === 'assumed-role' ? `role:${parts[0]}` : undefined;
  return { by: arn, names: name === undefined ? [arn] : [name, arn] };
}

/** Whoever has a token that API Gateway has checked. */
export function tokenCaller(
  claims: Readonly<Record<string, unknown>>,
  { user, groups }: TrackingPermissions['claims'] = { user: 'sub', groups: 'cognito:groups' },
): Caller {
  const name = claims[user];
  const subject = claims['sub'];
  return {
    by: typeof name === 'string' ? name : typeof subject === 'string' ? subject : 'mlflow',
    names: [
      ...(typeof name === 'string' && name !== '' ? [`user:${name}`] : []),
      ...listed(claims[groups]).map((group) => `group:${group}`),
    ],
  };
}

/** Whoever names themselves, on a developer's machine: by a name, or as permissions write it. */
export function namedCaller(name: string): Caller {
  return { by: name, names: [/^(?:user|role|group):/.test(name) ? name : `user:${name}`] };
}

/** Names of a caller with the groups that the file puts them into. */
export function withGroups(
  names: readonly string[],
  groups: TrackingPermissions['groups'],
): readonly string[] {
  const joined = Object.entries(groups)
    .filter(([, members]) => members.some((member) => names.some((name) => fits(member, name))))
    .map(([group]) => `group:${group}`);
  return [...names, ...joined];
}

/** API Gateway gives a list of a token as text, `[a b]`: a group whose name has a space cannot be told from two. */
function listed(claim: unknown): string[] {
  if (Array.isArray(claim)) return claim.map(String);
  if (typeof claim !== 'string') return [];
  const inner = /^\[(.*)\]$/s.exec(claim)?.[1];
  return inner === undefined ? [claim] : inner.split(/\s+/).filter((group) => group !== '');
}
