/**
 * What workflows of a repository on GitHub may do in the account: three roles that they assume with the token GitHub gives a
 * job (OIDC), so that no key of AWS is stored anywhere.
 *
 * - `deployer`: jobs of the environment named like the stage. The roles of `cdk bootstrap`, and what an operator may.
 * - `promoter`: the same jobs. What an author may: takes versions of models to the stage and from it.
 * - `planner`: jobs of pull requests. Reads what is deployed, for `millrace plan`.
 */
import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import { CfnOIDCProvider, FederatedPrincipal } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { accessOf } from './access-policies';
import type { GithubSettings } from './github-settings';
import { LeastPrivilegeRole } from './least-privilege-role';
import { namesOf } from './names';
import type { Settings } from './settings';
import type { Statement } from './statement';

export interface DeployerStackProps extends StackProps {
  readonly settings: Settings;
  readonly github: GithubSettings;
}

const ISSUER = 'token.actions.githubusercontent.com';
const AUDIENCE = 'sts.amazonaws.com';
/** The qualifier of a bootstrap without one of its own. */
const QUALIFIER = 'hnb659fds';

export class DeployerStack extends Stack {
  constructor(scope: Construct, id: string, { settings, github, ...props }: DeployerStackProps) {
    const { stage } = settings;
    const names = namesOf(stage.name);
    super(scope, id, {
      ...props,
      stackName: names.deployerStack,
      description: `millrace ${stage.name}: who deploys it from GitHub.`,
      tags: { 'millrace:stage': stage.name },
    });
    const provider =
      github.provider ??
      new CfnOIDCProvider(this, 'GitHub', { url: `https://${ISSUER}`, clientIdList: [AUDIENCE] }).attrArn;
    const role = (name: string, subject: string, description: string, statements: readonly Statement[]) => {
      const made = new LeastPrivilegeRole(this, name, {
        roleName: `${names.prefix}-${name.toLowerCase()}-\${AWS::Region}`,
        assumedBy: new FederatedPrincipal(
          provider,
          {
            StringEquals: {
              [`${ISSUER}:aud`]: AUDIENCE,
              [`${ISSUER}:sub`]: `repo:${github.repository}:${subject}`,
            },
          },
          'sts:AssumeRoleWithWebIdentity',
        ),
        description: `millrace ${stage.name}: ${description}`,
        statements,
      });
      new CfnOutput(this, `${name}RoleArn`, { value: made.roleArn });
    };
    role('Deployer', `environment:${stage.name}`, `deploys from ${github.repository}`, [
      {
        actions: ['sts:AssumeRole'],
        resources: ['deploy', 'file-publishing', 'image-publishing', 'lookup'].map(
          (kind) =>
            `arn:\${AWS::Partition}:iam::\${AWS::AccountId}:role/cdk-${QUALIFIER}-${kind}-role-\${AWS::AccountId}-\${AWS::Region}`,
        ),
      },
      ...accessOf('operator', names),
    ]);
    role('Promoter', `environment:${stage.name}`, `promotes models from ${github.repository}`, [
      ...accessOf('author', names),
    ]);
    role('Planner', 'pull_request', `plans for pull requests of ${github.repository}`, [
      ...accessOf('viewer', names),
    ]);
  }
}
