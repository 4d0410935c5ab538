/** Templates of what `OperationsSettings` brings, checked by cdk-nag. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Validations } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { AwsSolutionsChecks } from 'cdk-nag';
import { CoreStack } from '../../lib/cloud/core-stack';
import { stubBundle } from '../../lib/cloud/handler-stub';
import { appOf } from './support/app-of';

const FAILURE = { file: 'x', code: 'X', message: 'Broken.', hint: 'Mend it.' };
describe('logs, metrics and budgets of a stage', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'millrace-operations-'));
  afterAll(() => rmSync(scratch, { recursive: true, force: true }));

  function make(context: Readonly<Record<string, unknown>>) {
    const { app, settings } = appOf(scratch, context);
    const stack = new CoreStack(app, 'core', {
      settings,
      bundleOf: (handler) => stubBundle(handler, FAILURE, scratch),
    });
    return { app, stack };
  }
  const ALL = {
    'ship-logs': 'log-store',
    'metrics-exporter': 'true',
    'monthly-budget': '50',
    serving: 'false',
  };

  it('have no finding of cdk-nag that is not explained', () => {
    const { app } = make(ALL);
    Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
    expect(() => app.synth()).not.toThrow();
  });

  it('are not there unless they are asked for', () => {
    const template = Template.fromStack(make({ serving: 'false' }).stack);
    template.resourceCountIs('AWS::Budgets::Budget', 0);
    template.resourceCountIs('AWS::ApiGatewayV2::Api', 0);
  });

  it('keep what lies in a folder for the days that are named, and everything else', () => {
    const rulesOf = (context: Readonly<Record<string, unknown>>) =>
      Object.values(
        Template.fromStack(make({ serving: 'false', ...context }).stack).findResources('AWS::S3::Bucket'),
      )
        .flatMap((bucket) => bucket['Properties'].LifecycleConfiguration.Rules as Record<string, unknown>[])
        .filter(({ Id }) => String(Id).startsWith('keep-'));
    expect(rulesOf({})).toEqual([]);
    expect(rulesOf({ 'keep-days': 'predictions-log:90,labels:180' })).toEqual([
      { Id: 'keep-predictions-log', Prefix: 'predictions-log/', ExpirationInDays: 90, Status: 'Enabled' },
      { Id: 'keep-labels', Prefix: 'labels/', ExpirationInDays: 180, Status: 'Enabled' },
    ]);
  });

  it('name the secret only, and let the function read that one', () => {
    const template = Template.fromStack(make(ALL).stack);
    template.hasResourceProperties('AWS::Lambda::Function', {
      FunctionName: 'millrace-dev-ship-logs',
      Environment: { Variables: { MILLRACE_SHIP_LOGS: 'log-store' } },
    });
    template.hasResourceProperties('AWS::Budgets::Budget', {
      Budget: {
        BudgetLimit: { Amount: 50, Unit: 'USD' },
        CostFilters: { TagKeyValue: ['user:millrace:stage$dev'] },
      },
    });
    template.hasResourceProperties('AWS::ApiGatewayV2::Route', {
      RouteKey: 'GET /metrics',
      AuthorizationType: 'CUSTOM',
    });
  });

  it.each([
    ['ship-logs', 'https://logs.example/in'],
    ['metrics-exporter', 'perhaps'],
    ['keep-days', 'artifacts:30'],
    ['keep-days', 'labels:0'],
    ['keep-days', 'labels:30,labels:60'],
    ['monthly-budget', 'much'],
  ])('refuse %s=%s', (key, value) => {
    expect(() => make({ [key]: value })).toThrow(`The context value ${key} is "${value}"`);
  });
});
