/** The functions that all pipelines share, each with a role of its own. */
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { ARCHIVE_PREFIX } from '../model/log-archive';
import { accessStatements, publishStatement, runRecordStatement } from './access-statements';
import type { Statement } from './statement';
import type { BundleOf } from './handler-stub';
import { functionStatements, HandlerFunction } from './handler-function';
import { LeastPrivilegeRole } from './least-privilege-role';
import { CORE_FUNCTIONS, type CoreFunction, type Names } from './names';
import type { Settings } from './settings';

interface CoreFunctionSpec {
  readonly description: string;
  readonly memoryMb: number;
  readonly timeoutSeconds: number;
  /** Invoked by events: failures after the retries go to the dead letter queue. */
  readonly asynchronous: boolean;
  readonly statements: (names: Names) => readonly Statement[];
}

/** Both end runs: in the orchestration table, and the parent run of experiment tracking. */
const endRunStatements = (names: Names): Statement[] => [
  runRecordStatement(names),
  ...accessStatements([{ store: 'tracking', mode: 'write' }], names),
];

/** Both start what waits: the launcher when it is asked, `run-ended` when a slot becomes free. */
const startStatements = (names: Names): Statement[] => [
  { actions: ['dynamodb:DeleteItem'], resources: [names.orchestrationTableArn] },
  {
    actions: ['states:StartExecution', 'states:DescribeStateMachine', 'states:DescribeStateMachineAlias'],
    resources: [names.machineArn('*')],
    reason:
      'It starts the machines of all pipelines of this stage, which share the name prefix and come and go.',
  },
  {
    actions: ['states:DescribeExecution'],
    resources: [names.executionArn('*')],
    reason: 'It asks whether executions of this stage are still going on.',
  },
];

const SPECS: Readonly<Record<CoreFunction, CoreFunctionSpec>> = {
  begin: {
    description: 'First state of every machine: validates the params and records the logical run.',
    memoryMb: 512,
    timeoutSeconds: 60,
    asynchronous: false,
    statements: (names) => [
      runRecordStatement(names),
      {
        actions: ['states:DescribeExecution'],
        resources: [names.executionArn('*')],
        reason: 'It asks which version an execution runs, and whether that of before is still going on.',
      },
    ],
  },
  finish: {
    description: 'Last state of every machine: records how the tasks and the logical run ended.',
    memoryMb: 512,
    timeoutSeconds: 60,
    asynchronous: false,
    statements: endRunStatements,
  },
  launcher: {
    description: 'Starts executions under names that make a second start of the same logical run impossible.',
    memoryMb: 512,
    timeoutSeconds: 60,
    asynchronous: true,
    statements: (names) => [
      ...startStatements(names),
      {
        actions: ['states:StopExecution'],
        resources: [names.executionArn('*')],
        reason: 'It cancels runs of all pipelines of this stage.',
      },
      {
        actions: ['states:ListStateMachineVersions', 'states:UpdateStateMachineAlias'],
        resources: [names.machineArn('*')],
        reason: 'It rolls back pipelines of this stage, which share the name prefix and come and go.',
      },
      runRecordStatement(names),
      publishStatement(names),
      {
        actions: ['states:SendTaskSuccess'],
        resources: ['*'],
        reason: 'A decision of a person answers a task token, which names no resource; AWS documents *.',
      },
      {
        actions: ['states:ListStateMachines'],
        resources: ['*'],
        reason: 'Listing has no resource to name. It lists what is deployed when a pipeline is unknown.',
      },
    ],
  },
  'run-ended': {
    description:
      'Records the end of executions that could not do so themselves: aborted, timed out, failed outside a task.',
    memoryMb: 512,
    timeoutSeconds: 60,
    asynchronous: true,
    statements: (names) => [
      ...endRunStatements(names),
      ...startStatements(names),
      publishStatement(names),
      {
        actions: ['states:SendTaskSuccess'],
        resources: ['*'],
        reason: 'A slot that becomes free answers a task token, which names no resource; AWS documents *.',
      },
    ],
  },
  'log-archive': {
    description: 'Every hour: what runs that have ended logged goes to S3, where it stays.',
    memoryMb: 512,
    timeoutSeconds: 600,
    asynchronous: true,
    statements: (names) => [
      {
        actions: ['dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:DeleteItem'],
        resources: [names.orchestrationTableArn],
      },
      ...accessStatements([{ store: 'objects', mode: 'write', prefix: ARCHIVE_PREFIX }], names),
      {
        actions: ['logs:FilterLogEvents'],
        resources: [names.taskLogsArn, names.logStreamsArn(names.trainingLogs)],
        reason: 'It reads the logs of all tasks of the stage, whose pipelines come and go.',
      },
      {
        actions: ['logs:DescribeLogGroups'],
        resources: ['*'],
        reason: 'Listing log groups has no resource to name; AWS documents *.',
      },
    ],
  },
  'log-matched': {
    description:
      'Does what pipelines say about lines of their logs: tells people, starts pipelines, runs again.',
    memoryMb: 256,
    timeoutSeconds: 60,
    asynchronous: true,
    statements: (names) => [
      ...startStatements(names),
      runRecordStatement(names),
      publishStatement(names),
      {
        actions: ['logs:FilterLogEvents'],
        resources: [names.taskLogsArn],
        reason: 'Which task printed a line stands in the lines before it, in the logs of any pipeline.',
      },
    ],
  },
  notifier: {
    description: 'Tells people what happened to runs and tasks, as the pipelines say.',
    memoryMb: 256,
    timeoutSeconds: 60,
    asynchronous: true,
    statements: (names) => [
      {
        actions: ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'],
        resources: [names.orchestrationTableArn],
      },
      {
        actions: ['states:DescribeStateMachine', 'states:DescribeStateMachineAlias'],
        resources: [names.machineArn('*')],
        reason: 'Who is told stands in the machines of all pipelines of this stage, which come and go.',
      },
      { actions: ['sns:Publish'], resources: [names.alarmTopicArn] },
      {
        actions: ['dynamodb:Query'],
        resources: [names.orchestrationTableArn],
        conditions: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['RUN#*'] } },
      },
      {
        actions: ['lambda:InvokeFunction'],
        resources: [names.callbackFunctionsArn],
        reason:
          'Tasks that pipelines name for alerts: their functions have callback in their names, and versions.',
      },
      {
        actions: ['ssm:GetParameter'],
        resources: [names.secretParametersArn, names.secretReferencesArn],
        reason:
          'Pipelines name the secrets that hold the URLs of their channels; those of a stage share a prefix.',
      },
      {
        actions: ['secretsmanager:GetSecretValue'],
        resources: [names.secretsArn],
        reason:
          'Pipelines name the secrets that hold the URLs of their channels; those of a stage share a prefix.',
      },
    ],
  },
};

export interface CoreFunctionsProps {
  readonly names: Names;
  readonly settings: Settings;
  readonly bundleOf: BundleOf;
  readonly deadLetters: IQueue;
}

export class CoreFunctions extends Construct {
  readonly functions: Readonly<Record<CoreFunction, LambdaFunction>>;

  constructor(scope: Construct, id: string, props: CoreFunctionsProps) {
    super(scope, id);
    const made = CORE_FUNCTIONS.map((name) => [name, this.make(name, SPECS[name], props)] as const);
    this.functions = Object.fromEntries(made) as Record<CoreFunction, LambdaFunction>;
  }

  private make(name: CoreFunction, spec: CoreFunctionSpec, props: CoreFunctionsProps): LambdaFunction {
    const { names, settings } = props;
    const logGroupName = names.functionLogs('core', name);
    const role = new LeastPrivilegeRole(this, `${pascal(name)}Role`, {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description: `millrace ${settings.stage.name}: ${name}`,
      statements: [...spec.statements(names), ...functionStatements(names, [logGroupName])],
    });
    return new HandlerFunction(this, pascal(name), {
      names,
      settings,
      functionName: names.coreFunction(name),
      logGroupName,
      service: 'millrace',
      description: spec.description,
      bundle: props.bundleOf(coreHandler(name)),
      role,
      memoryMb: spec.memoryMb,
      ephemeralMb: 512,
      timeoutSeconds: spec.timeoutSeconds,
      ...(spec.asynchronous ? { deadLetters: props.deadLetters } : {}),
    }).function;
  }
}

/** Folder of a core function's handler. */
export function coreHandler(name: CoreFunction): string {
  return `lambdas/${name}`;
}

function pascal(name: string): string {
  return name.replace(/(^|-)(\w)/g, (_match, _dash, letter: string) => letter.toUpperCase());
}
