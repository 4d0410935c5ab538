/** A role whose only permissions are the statements it is made with. */
import { Fn, Validations } from 'aws-cdk-lib';
import { Effect, type IPrincipal, PolicyDocument, PolicyStatement, Role } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import type { Statement } from './statement';

export interface LeastPrivilegeRoleProps {
  readonly assumedBy: IPrincipal;
  readonly description: string;
  /** `Fn::Sub` template. @default CloudFormation names it */
  readonly roleName?: string;
  readonly statements: readonly Statement[];
}

export class LeastPrivilegeRole extends Role {
  /** @throws Error for a wildcard in an action, or in a resource without a reason. */
  constructor(scope: Construct, id: string, props: LeastPrivilegeRoleProps) {
    props.statements.forEach(refuseUnexplainedWildcards);
    super(scope, id, {
      assumedBy: props.assumedBy,
      ...(props.roleName === undefined ? {} : { roleName: Fn.sub(props.roleName) }),
      description: props.description,
      inlinePolicies: {
        access: new PolicyDocument({ statements: props.statements.map(toPolicyStatement) }),
      },
    });
    for (const { resources, reason } of props.statements) {
      for (const resource of resources) {
        if (reason !== undefined && resource.includes('*')) acknowledgeResource(this, resource, reason);
      }
    }
  }
}

/** Records why a construct's policy has this one wildcard resource (cdk-nag rule IAM5). */
export function acknowledgeResource(scope: Construct, resource: string, reason: string): void {
  // cdk-nag shows `${AWS::Region}` as `<AWS::Region>`.
  const finding = resource.replaceAll('${', '<').replaceAll('}', '>');
  Validations.of(scope).acknowledge({ id: `AwsSolutions-IAM5[Resource::${finding}]`, reason });
}

/** @throws Error for a wildcard in an action, or in a resource without a reason. */
export function checkedStatement(statement: Statement): PolicyStatement {
  refuseUnexplainedWildcards(statement);
  return toPolicyStatement(statement);
}

function toPolicyStatement({ actions, resources, conditions }: Statement): PolicyStatement {
  return new PolicyStatement({
    effect: Effect.ALLOW,
    actions: [...actions],
    resources: resources.map((resource) => (resource.includes('${') ? Fn.sub(resource) : resource)),
    ...(conditions ? { conditions: { ...conditions } } : {}),
  });
}

function refuseUnexplainedWildcards({ actions, resources, reason }: Statement): void {
  const action = actions.find((name) => name.includes('*'));
  if (action !== undefined)
    throw new Error(`The action ${action} is a wildcard; name the actions one by one.`);
  const resource = reason === undefined ? resources.find((name) => name.includes('*')) : undefined;
  if (resource !== undefined)
    throw new Error(`The resource ${resource} is a wildcard without a written reason.`);
}
