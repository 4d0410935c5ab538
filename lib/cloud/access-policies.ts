/**
 * Who may do what: four managed policies of a stage, each with all that the one before it has. They are attached to people
 * and groups by whoever keeps those. Everything that changes runs goes through the launcher, which writes the audit.
 */
import { CfnOutput, Fn } from 'aws-cdk-lib';
import { ManagedPolicy, PolicyDocument } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { publishStatement } from './access-statements';
import { endpointRecordStatement } from './serving-statements';
import type { Statement } from './statement';
import { acknowledgeResource, checkedStatement } from './least-privilege-role';
import type { Names } from './names';

export const ACCESS_LEVELS = ['viewer', 'operator', 'author', 'admin'] as const;
export type AccessLevel = (typeof ACCESS_LEVELS)[number];

const OF_STAGE = 'Pipelines of the stage share its name prefix and come and go.';
const KEYS = 'Keys end in content hashes, dates and run ids, which are not known beforehand.';
const NO_RESOURCE = 'Listing has no resource to name; AWS documents * for it, and names are all it tells.';

const DESCRIPTIONS: Readonly<Record<AccessLevel, string>> = {
  viewer: 'Reads pipelines, runs, logs, data, experiments and models.',
  operator:
    'Besides: starts, clears, marks, approves, pauses, backfills and rolls back; deploys models; sets variables.',
  author: 'Besides: uploads data, tries single tasks, tracks experiments and moves model versions.',
  admin: 'Besides: sets connections and secrets, controls executions directly, deletes what is tracked.',
};

/** What the command line tells the bus of what it has changed; other events are for functions alone to tell. */
function toldBy(names: Names, detailTypes: readonly string[]): Statement {
  return {
    ...publishStatement(names),
    conditions: { StringEquals: { 'events:detail-type': [...detailTypes] } },
  };
}

const OWN: Readonly<Record<AccessLevel, (names: Names) => readonly Statement[]>> = {
  viewer: (names) => [
    {
      actions: [
        'states:DescribeStateMachine',
        'states:DescribeStateMachineAlias',
        'states:DescribeStateMachineForExecution',
        'states:ListStateMachineVersions',
        'states:ListExecutions',
        'states:DescribeExecution',
        'states:GetExecutionHistory',
      ],
      resources: [names.machineArn('*'), names.executionArn('*')],
      reason: OF_STAGE,
    },
    { actions: ['states:ListStateMachines'], resources: ['*'], reason: NO_RESOURCE },
    {
      actions: ['dynamodb:GetItem', 'dynamodb:BatchGetItem', 'dynamodb:Query'],
      resources: [
        names.orchestrationTableArn,
        names.trackingTableArn,
        `${names.trackingTableArn}/index/gsi1`,
      ],
    },
    {
      actions: ['s3:GetObject', 's3:GetObjectVersion'],
      resources: [`${names.dataBucketArn}/*`],
      reason: KEYS,
    },
    { actions: ['s3:ListBucket'], resources: [names.dataBucketArn] },
    {
      actions: ['logs:FilterLogEvents', 'logs:GetLogEvents', 'logs:DescribeLogStreams'],
      resources: [
        names.logStreamsArn(names.functionLogs('*', '*')),
        names.logStreamsArn(names.machineLogs('*')),
      ],
      reason: OF_STAGE,
    },
    {
      actions: ['lambda:GetFunctionConfiguration'],
      resources: [names.stageFunctionsArn],
      reason: OF_STAGE,
    },
    {
      actions: ['ssm:GetParameter', 'ssm:GetParametersByPath'],
      resources: [names.variablesArn, names.variablesArn.replace(/\/\*$/, '')],
      reason: 'Tasks name their variables; those of a stage share a prefix.',
    },
  ],
  operator: (names) => [
    { actions: ['lambda:InvokeFunction'], resources: [names.coreFunctionArn('launcher')] },
    {
      actions: ['ssm:PutParameter', 'ssm:DeleteParameter'],
      resources: [names.variablesArn],
      reason: 'Tasks name their variables; those of a stage share a prefix.',
    },
    // Endpoints keep their own history, which each change is written with in one transaction.
    endpointRecordStatement(names, 'write'),
    toldBy(names, ['Endpoint Changed', 'Roll Back Endpoint']),
  ],
  author: (names) => [
    {
      actions: ['s3:PutObject', 's3:AbortMultipartUpload'],
      // The last two are where data sets of imported versions go.
      resources: ['raw', 'artifacts', 'datasets', 'features/carried'].map(
        (folder) => `${names.dataBucketArn}/${folder}/*`,
      ),
      reason: KEYS,
    },
    toldBy(names, ['Alias Moved', 'Registry Changed']),
    {
      actions: ['dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:ConditionCheckItem'],
      resources: [names.trackingTableArn],
    },
    {
      actions: ['lambda:InvokeFunction'],
      resources: [names.stageFunctionsArn],
      reason: 'A task is tried through its own function; the functions of a stage share its name prefix.',
    },
  ],
  admin: (names) => [
    {
      actions: ['ssm:GetParameter', 'ssm:GetParametersByPath', 'ssm:PutParameter', 'ssm:DeleteParameter'],
      resources: [
        names.connectionsArn,
        names.connectionsArn.replace(/\/\*$/, ''),
        names.connectionReferencesArn,
        names.secretParametersArn,
      ],
      reason: 'Tasks and alerts name their connections and secrets; those of a stage share a prefix.',
    },
    {
      actions: [
        'states:StartExecution',
        'states:StopExecution',
        'states:RedriveExecution',
        'states:UpdateStateMachineAlias',
      ],
      resources: [names.machineArn('*'), names.executionArn('*')],
      reason: OF_STAGE,
    },
    {
      actions: ['dynamodb:DeleteItem', 'dynamodb:BatchWriteItem'],
      resources: [names.trackingTableArn],
    },
    {
      actions: ['s3:DeleteObject', 's3:DeleteObjectVersion'],
      resources: [`${names.dataBucketArn}/artifacts/*`],
      reason: KEYS,
    },
    {
      actions: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'],
      resources: [names.deadLettersArn],
    },
  ],
};

/** All that somebody of a level may do. */
export function accessOf(level: AccessLevel, names: Names): Statement[] {
  const included = ACCESS_LEVELS.slice(0, ACCESS_LEVELS.indexOf(level) + 1);
  return included.flatMap((one) => OWN[one](names));
}

export class AccessPolicies extends Construct {
  constructor(scope: Construct, id: string, { names }: { readonly names: Names }) {
    super(scope, id);
    for (const level of ACCESS_LEVELS) {
      const statements = accessOf(level, names);
      const policy = new ManagedPolicy(this, level.charAt(0).toUpperCase() + level.slice(1), {
        managedPolicyName: Fn.sub(names.accessPolicy(level)),
        description: DESCRIPTIONS[level],
        document: new PolicyDocument({ statements: statements.map(checkedStatement) }),
      });
      for (const { resources, reason } of statements)
        for (const resource of resources)
          if (reason !== undefined && resource.includes('*')) acknowledgeResource(policy, resource, reason);
      new CfnOutput(this, `${level}Policy`, {
        value: policy.managedPolicyArn,
        description: DESCRIPTIONS[level],
      });
    }
  }
}
