/**
 * One role per permission class: the functions of a pipeline that declare the same access share a role, so that a role
 * has what each of its functions needs and nothing more.
 */
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { FunctionSpec } from '../compiler/functions';
import type { Access } from '../model/access';
import { accessStatements, publishStatement, RUNTIME_ACCESS, taskRecordStatement } from './access-statements';
import { functionStatements } from './handler-function';
import { LeastPrivilegeRole } from './least-privilege-role';
import type { Names } from './names';
import { ownAccess, trackingApiStatements } from './python-environment';

export interface PipelineRolesProps {
  readonly names: Names;
  readonly pipeline: string;
  readonly functions: readonly FunctionSpec[];
}

export class PipelineRoles extends Construct {
  /** By key of the function. */
  private readonly roles = new Map<string, LeastPrivilegeRole>();

  constructor(scope: Construct, id: string, { names, pipeline, functions }: PipelineRolesProps) {
    super(scope, id);
    for (const members of permissionClasses(functions)) {
      const [first] = members;
      if (first === undefined) continue;
      const keys = members.map((member) => member.key);
      const role = new LeastPrivilegeRole(this, first.substitution, {
        assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
        description: describe(names, pipeline, keys),
        statements: [
          taskRecordStatement(names),
          publishStatement(names),
          ...accessStatements([...RUNTIME_ACCESS, ...ownAccess(first)], names),
          ...trackingApiStatements(first, names),
          ...functionStatements(
            names,
            keys.map((key) => names.functionLogs(pipeline, key)),
          ),
        ],
      });
      for (const key of keys) this.roles.set(key, role);
    }
  }

  roleOf(key: string): LeastPrivilegeRole {
    const role = this.roles.get(key);
    if (role === undefined) throw new Error(`No role was made for the function ${key}.`);
    return role;
  }
}

/** Functions grouped by what they declare, whatever the order of the declarations. */
function permissionClasses(functions: readonly FunctionSpec[]): FunctionSpec[][] {
  const classes = new Map<string, FunctionSpec[]>();
  for (const spec of functions) {
    const key = `${canonical(spec.access)}${spec.python?.tracking === undefined ? '' : '\ntracking API'}`;
    classes.set(key, [...(classes.get(key) ?? []), spec]);
  }
  return [...classes.values()];
}

function canonical(access: readonly Access[]): string {
  const entries = access.map((entry) => JSON.stringify([entry.store, entry.mode, detailsOf(entry)]));
  return [...new Set(entries)].sort().join('\n');
}

function detailsOf(entry: Access): unknown {
  if (entry.store === 'objects') return entry.prefix;
  if (entry.store === 'secret' || entry.store === 'connection') return [entry.from, entry.name];
  return entry.store === 'variable' ? entry.name : '';
}

/** Descriptions of roles end at 1000 characters. */
function describe(names: Names, pipeline: string, keys: readonly string[]): string {
  const text = `${names.prefix} ${pipeline}: ${keys.join(', ')}`;
  return text.length <= 1000 ? text : `${text.slice(0, 999)}…`;
}
