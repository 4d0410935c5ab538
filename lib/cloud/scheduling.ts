/** What all schedules of a stage share: their group, the role that rings, the hourly sweep, and the word of deployments. */
import { Aws, Fn } from 'aws-cdk-lib';
import { CfnRule } from 'aws-cdk-lib/aws-events';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnPermission, type IFunction } from 'aws-cdk-lib/aws-lambda';
import { CfnSchedule, CfnScheduleGroup } from 'aws-cdk-lib/aws-scheduler';
import { Construct } from 'constructs';
import { LeastPrivilegeRole } from './least-privilege-role';
import type { Names } from './names';
import { coreTarget, launcherTarget } from './pipeline-schedules';

export class Scheduling extends Construct {
  constructor(
    scope: Construct,
    id: string,
    { names, launcher }: { readonly names: Names; readonly launcher: IFunction },
  ) {
    super(scope, id);
    const group = new CfnScheduleGroup(this, 'Group', { name: names.scheduleGroup });
    const role = new LeastPrivilegeRole(this, 'Role', {
      roleName: names.schedulerRole,
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
      }),
      description: `${names.prefix}: schedules`,
      statements: [
        {
          actions: ['lambda:InvokeFunction'],
          resources: [names.coreFunctionArn('launcher'), names.coreFunctionArn('log-archive')],
        },
        { actions: ['sqs:SendMessage'], resources: [names.deadLettersArn] },
      ],
    });
    const sweep = new CfnSchedule(this, 'Sweep', {
      name: `${names.prefix}-sweep`,
      groupName: names.scheduleGroup,
      description: 'Frees what ended without a word, and starts what waits.',
      scheduleExpression: 'rate(1 hour)',
      flexibleTimeWindow: { mode: 'FLEXIBLE', maximumWindowInMinutes: 15 },
      target: launcherTarget(names, { action: 'sweep' }),
    });
    const archive = new CfnSchedule(this, 'Archive', {
      name: `${names.prefix}-log-archive`,
      groupName: names.scheduleGroup,
      description: 'Takes the logs of runs that have ended to S3.',
      scheduleExpression: 'rate(1 hour)',
      flexibleTimeWindow: { mode: 'FLEXIBLE', maximumWindowInMinutes: 15 },
      target: coreTarget(names, 'log-archive', {}),
    });
    for (const schedule of [sweep, archive]) {
      schedule.addResourceDependency(group);
      schedule.node.addDependency(role);
    }
    const rule = new CfnRule(this, 'Deployed', {
      name: `${names.prefix}-deployed`,
      description: 'A stack of this stage was created or updated: catch up with its schedule.',
      eventPattern: {
        source: ['aws.cloudformation'],
        'detail-type': ['CloudFormation Stack Status Change'],
        detail: {
          'stack-id': [{ prefix: Fn.sub(names.stackArnPrefix) }],
          'status-details': { status: ['CREATE_COMPLETE', 'UPDATE_COMPLETE'] },
        },
      },
      targets: [
        {
          id: 'launcher',
          arn: launcher.functionArn,
          deadLetterConfig: { arn: Fn.sub(names.deadLettersArn) },
          inputTransformer: {
            inputPathsMap: { stack: '$.detail.stack-id' },
            inputTemplate: '{"action": "deployed", "stack": <stack>}',
          },
        },
      ],
    });
    new CfnPermission(this, 'DeployedPermission', {
      action: 'lambda:InvokeFunction',
      functionName: launcher.functionName,
      principal: 'events.amazonaws.com',
      sourceArn: rule.attrArn,
    });
  }
}
