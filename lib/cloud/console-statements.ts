/** What the console's function may do: read what it shows, move aliases of models, and ask the launcher. */
import { ARCHIVE_PREFIX } from '../model/log-archive';
import { accessStatements, publishStatement } from './access-statements';
import { consoleNames } from './console-names';
import type { Names } from './names';
import type { Statement } from './statement';

export function consoleStatements(names: Names): Statement[] {
  const stage = names.prefix.slice('millrace-'.length);
  return [
    ...accessStatements(
      [
        { store: 'tracking', mode: 'write' },
        { store: 'objects', mode: 'read', prefix: 'artifacts/' },
        { store: 'objects', mode: 'read', prefix: 'reports/' },
        { store: 'objects', mode: 'read', prefix: 'datasets/' },
        { store: 'objects', mode: 'read', prefix: ARCHIVE_PREFIX },
      ],
      names,
    ),
    // Who moves an alias tells the bus, so that pipelines start that wait for it.
    publishStatement(names),
    {
      actions: ['dynamodb:GetItem', 'dynamodb:Query'],
      resources: [names.orchestrationTableArn],
    },
    { actions: ['lambda:InvokeFunction'], resources: [names.coreFunctionArn('launcher')] },
    {
      actions: ['states:DescribeStateMachine'],
      resources: [names.machineArn('*')],
      reason: 'It shows the machines of all pipelines of this stage, which come and go.',
    },
    {
      actions: ['states:ListExecutions'],
      resources: [names.machineArn('*')],
      reason: 'It counts the runs in flight of all pipelines of this stage.',
    },
    {
      actions: ['lambda:GetFunctionConfiguration'],
      resources: [names.functionArn('*', '*')],
      reason: 'It compares the code of the functions of all pipelines of this stage with that of the files.',
    },
    {
      actions: ['states:GetExecutionHistory'],
      resources: [names.executionArn('*')],
      reason: 'It shows the attempts of tasks of all executions of this stage.',
    },
    {
      actions: ['states:ListStateMachines'],
      resources: ['*'],
      reason: 'Listing has no resource to name.',
    },
    {
      actions: ['logs:FilterLogEvents'],
      resources: [
        `arn:\${AWS::Partition}:logs:\${AWS::Region}:\${AWS::AccountId}:log-group:/millrace/${stage}/*`,
      ],
      reason: 'It shows the logs of the functions of all pipelines of this stage.',
    },
    {
      // Values of connections stay encrypted: there is no key that it may use.
      actions: ['ssm:GetParametersByPath'],
      resources: ['variables', 'connections'].map(
        (folder) =>
          `arn:\${AWS::Partition}:ssm:\${AWS::Region}:\${AWS::AccountId}:parameter/${names.prefix}/${folder}`,
      ),
    },
    {
      actions: ['ssm:GetParameter'],
      resources: [
        `arn:\${AWS::Partition}:ssm:\${AWS::Region}:\${AWS::AccountId}:parameter${consoleNames(names).signInParameter}`,
      ],
    },
  ];
}
