/**
 * Declared access → IAM statements, and nothing beyond. Resources are `Fn::Sub` templates. A resource with a wildcard
 * has a written reason, which becomes the acknowledgement of the finding that cdk-nag raises for it.
 */
import type { Access } from '../model/access';
import { imageAccessStatements } from './image-statements';
import type { Names } from './names';
import { endpointStatements } from './serving-statements';
import type { Statement } from './statement';

const READ_OBJECTS = ['s3:GetObject', 's3:GetObjectVersion'] as const;
const WRITE_OBJECTS = ['s3:PutObject', 's3:AbortMultipartUpload'] as const;
const READ_ITEMS = ['dynamodb:GetItem', 'dynamodb:BatchGetItem', 'dynamodb:Query'] as const;
/** Transactions are authorised by the actions of their parts. */
const WRITE_ITEMS = [
  'dynamodb:PutItem',
  'dynamodb:UpdateItem',
  'dynamodb:DeleteItem',
  'dynamodb:BatchWriteItem',
  'dynamodb:ConditionCheckItem',
] as const;

/** What the runtime of every task needs: its task record, and results too large for the state. */
export const RUNTIME_ACCESS: readonly Access[] = [{ store: 'objects', mode: 'write', prefix: 'executions/' }];

/** A task reads and writes its own record; nothing deletes records but their TTL. */
export function taskRecordStatement(names: Names): Statement {
  return {
    actions: ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'],
    resources: [names.orchestrationTableArn],
  };
}

/** The records of a whole run: read together, written in transactions. */
export function runRecordStatement(names: Names): Statement {
  return {
    actions: [
      'dynamodb:GetItem',
      'dynamodb:Query',
      'dynamodb:PutItem',
      'dynamodb:UpdateItem',
      'dynamodb:ConditionCheckItem',
    ],
    resources: [names.orchestrationTableArn],
  };
}

/** Telling the stage what happened. */
export function publishStatement(names: Names): Statement {
  return { actions: ['events:PutEvents'], resources: [names.busArn] };
}

/** Statements for a whole list at once, so that prefixes of the same mode share one. */
export function accessStatements(access: readonly Access[], names: Names): Statement[] {
  return [
    ...objectStatements(access, names),
    ...tableStatements(access, names),
    ...featureStatements(access, names),
    ...runStatements(access, names),
    ...topicStatements(access, names),
    ...secretStatements(access, names),
    ...endpointStatements(access, names),
    ...imageAccessStatements(access, names),
    ...useStatements(access, names),
  ];
}

function objectStatements(access: readonly Access[], names: Names): Statement[] {
  const objects = access.filter((entry) => entry.store === 'objects');
  const prefixes = (mode: 'read' | 'write'): string[] =>
    [...new Set(objects.filter((entry) => entry.mode === mode).map((entry) => entry.prefix))].sort();
  const writes = prefixes('write');
  const reads = [...new Set([...prefixes('read'), ...writes])].sort();
  if (reads.length === 0) return [];
  const under = (prefix: string): string => `${names.dataBucketArn}/${prefix}*`;
  const reason =
    'Keys below a declared prefix end in content hashes and run ids, which are not known beforehand.';
  return [
    { actions: READ_OBJECTS, resources: reads.map(under), reason },
    ...(writes.length === 0 ? [] : [{ actions: WRITE_OBJECTS, resources: writes.map(under), reason }]),
    {
      // A missing object is "404 Not Found" only for who may list the bucket, else "403 Forbidden". That check comes
      // without a prefix, hence IfExists: a listing that names a prefix must name a declared one.
      actions: ['s3:ListBucket'],
      resources: [names.dataBucketArn],
      conditions: { StringLikeIfExists: { 's3:prefix': reads.map((prefix) => `${prefix}*`) } },
    },
  ];
}

function tableStatements(access: readonly Access[], names: Names): Statement[] {
  const modes = new Set(access.filter((entry) => entry.store === 'tracking').map((entry) => entry.mode));
  if (modes.size === 0) return [];
  const table = names.trackingTableArn;
  return [
    { actions: READ_ITEMS, resources: [table] },
    { actions: ['dynamodb:Query'], resources: [`${table}/index/gsi1`] },
    ...(modes.has('write') ? [{ actions: WRITE_ITEMS, resources: [table] }] : []),
  ];
}

/** Items of the tracking table whose keys begin with the mark of feature groups. */
function featureStatements(access: readonly Access[], names: Names): Statement[] {
  const modes = new Set(access.filter((entry) => entry.store === 'features').map((entry) => entry.mode));
  if (modes.size === 0) return [];
  return [
    {
      actions: [
        'dynamodb:GetItem',
        ...(modes.has('write') ? ['dynamodb:PutItem', 'dynamodb:UpdateItem'] : []),
      ],
      resources: [names.trackingTableArn],
      conditions: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['FEATURES#*'] } },
    },
  ];
}

function runStatements(access: readonly Access[], names: Names): Statement[] {
  return access.some((entry) => entry.store === 'runs')
    ? [
        {
          actions: ['dynamodb:GetItem', 'dynamodb:Query'],
          resources: [names.orchestrationTableArn],
          conditions: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['RUN#*', 'PIPELINE#*'] } },
        },
      ]
    : [];
}

function topicStatements(access: readonly Access[], names: Names): Statement[] {
  return access.some((entry) => entry.store === 'alarms')
    ? [{ actions: ['sns:Publish'], resources: [names.alarmTopicArn] }]
    : [];
}

/** Secrets one by one; Secrets Manager ends the ARN of a secret with six characters of its own. */
function secretStatements(access: readonly Access[], names: Names): Statement[] {
  const secrets = access.filter((entry) => entry.store === 'secret');
  const named = (from: 'parameter' | 'secrets-manager'): string[] =>
    [...new Set(secrets.filter((entry) => entry.from === from).map((entry) => entry.name))].sort();
  const parameters = [
    ...named('parameter').map(names.parameterArn),
    ...named('secrets-manager').map(names.secretReferenceArn),
  ];
  const managed = named('secrets-manager').map(names.secretArn);
  return readStatements(parameters, managed);
}

/** Variables and connections one by one, as secrets. */
function useStatements(access: readonly Access[], names: Names): Statement[] {
  const variables = access.flatMap((entry) => (entry.store === 'variable' ? [entry.name] : []));
  const connections = access.filter((entry) => entry.store === 'connection');
  const connected = (from: 'parameter' | 'secrets-manager') =>
    distinct(connections.filter((entry) => entry.from === from).map((entry) => entry.name));
  return readStatements(
    [
      ...distinct(variables).map(names.variableArn),
      ...connected('parameter').map(names.connectionArn),
      ...connected('secrets-manager').map(names.connectionReferenceArn),
    ],
    connected('secrets-manager').map(names.connectionSecretArn),
  );
}

function distinct(texts: readonly string[]): string[] {
  return [...new Set(texts)].sort();
}

function readStatements(parameters: readonly string[], managed: readonly string[]): Statement[] {
  return [
    ...(parameters.length === 0 ? [] : [{ actions: ['ssm:GetParameter'], resources: parameters }]),
    ...(managed.length === 0 ? [] : [{ actions: ['secretsmanager:GetSecretValue'], resources: managed }]),
  ];
}
