import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Validations } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { AwsSolutionsChecks } from 'cdk-nag';
import { DeployerStack } from '../../lib/cloud/deployer-stack';
import { appOf } from './support/app-of';

describe('deployments from GitHub', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'millrace-deployer-'));
  afterAll(() => rmSync(scratch, { recursive: true, force: true }));

  function make(context: Readonly<Record<string, unknown>>) {
    const { app, settings } = appOf(scratch, context);
    if (settings.github === undefined) throw new Error('No repository.');
    return { app, stack: new DeployerStack(app, 'deployer', { settings, github: settings.github }) };
  }
  interface Role {
    readonly Properties: {
      readonly AssumeRolePolicyDocument: { readonly Statement: readonly { readonly Condition: object }[] };
      readonly Policies: readonly object[];
    };
  }
  const rolesOf = (context: Readonly<Record<string, unknown>>): Role[] =>
    Object.values(
      Template.fromStack(make(context).stack).findResources('AWS::IAM::Role'),
    ) as unknown as Role[];

  it('have no finding of cdk-nag that is not explained', () => {
    const { app } = make({ github: 'acme/ml' });
    Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
    expect(() => app.synth()).not.toThrow();
  });

  it('let in the environment of the stage and pull requests of the one repository, and nobody else', () => {
    const conditions = rolesOf({ github: 'acme/ml', stage: 'prod' }).map(
      ({ Properties }) => Properties.AssumeRolePolicyDocument.Statement[0]?.Condition,
    );
    const of = (subject: string) => ({
      StringEquals: {
        'token.actions.githubusercontent.com:aud': 'sts.amazonaws.com',
        'token.actions.githubusercontent.com:sub': `repo:acme/ml:${subject}`,
      },
    });
    expect(conditions).toEqual([of('environment:prod'), of('environment:prod'), of('pull_request')]);
  });

  it('keep to the size of inline policies; who plans changes nothing', () => {
    const [deployer, promoter, planner] = rolesOf({ github: 'acme/ml' }).map(({ Properties }) =>
      JSON.stringify(Properties.Policies),
    );
    expect(deployer?.length).toBeLessThan(10_240);
    expect(promoter?.length).toBeLessThan(10_240);
    expect(deployer).toContain('sts:AssumeRole');
    expect(promoter).not.toContain('sts:AssumeRole');
    expect(planner).not.toMatch(/sts:AssumeRole|:(?:Put|Delete|Update|Start|Stop|Create|Invoke)/);
  });

  it('take the provider that an account has already', () => {
    const provider = 'arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com';
    const { stack } = make({ github: 'acme/ml', 'github-provider': provider });
    Template.fromStack(stack).resourceCountIs('AWS::IAM::OIDCProvider', 0);
  });

  it.each(['acme', 'acme/*', 'https://github.com/acme/ml'])('refuse the repository %s', (github) => {
    expect(() => make({ github })).toThrow('which is no repository');
  });
});
