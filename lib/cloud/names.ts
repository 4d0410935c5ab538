/**
 * Names of everything that is deployed. They are plain, so that stacks refer to each other without exports and the
 * runtime needs no lookup. ARNs are written as `Fn::Sub` templates.
 */
import { createHash } from 'node:crypto';
import type { StageName } from './stage';

export type Names = ReturnType<typeof namesOf>;

export const CORE_FUNCTIONS = [
  'begin',
  'finish',
  'launcher',
  'run-ended',
  'notifier',
  'log-matched',
  'log-archive',
] as const;
export type CoreFunction = (typeof CORE_FUNCTIONS)[number];

/** Limit of Lambda; a longer name keeps its start and ends in a hash of the whole. */
const FUNCTION_NAME_LIMIT = 64;
/** Limit of Batch; ECS allows more. */
const JOB_NAME_LIMIT = 128;
/** Limit of EventBridge Scheduler. */
const SCHEDULE_NAME_LIMIT = 64;
const HERE = '${AWS::Region}:${AWS::AccountId}';

export function namesOf(stage: StageName) {
  const prefix = `millrace-${stage}`;
  const arn = (service: string, rest: string): string => `arn:\${AWS::Partition}:${service}:${HERE}:${rest}`;
  const dataBucket = `${prefix}-data-\${AWS::AccountId}-\${AWS::Region}`;
  const functionName = (pipeline: string, key: string): string =>
    shortened(`${prefix}-${pipeline}-${key}`, FUNCTION_NAME_LIMIT);
  const jobName = (pipeline: string, key: string): string =>
    shortened(`${prefix}-${pipeline}-${key}`, JOB_NAME_LIMIT);
  return {
    prefix,
    coreStack: `${prefix}-core`,
    deployerStack: `${prefix}-deployer`,
    pipelineStack: (pipeline: string): string => `${prefix}-${pipeline}`,
    dataBucket,
    dataBucketArn: `arn:\${AWS::Partition}:s3:::${dataBucket}`,
    logBucket: `${prefix}-logs-\${AWS::AccountId}-\${AWS::Region}`,
    trackingTable: `${prefix}-tracking`,
    trackingTableArn: arn('dynamodb', `table/${prefix}-tracking`),
    orchestrationTable: `${prefix}-orchestration`,
    orchestrationTableArn: arn('dynamodb', `table/${prefix}-orchestration`),
    computeStack: `${prefix}-compute`,
    jobsFunction: `${prefix}-jobs`,
    jobsFunctionArn: arn('lambda', `function:${prefix}-jobs`),
    cluster: prefix,
    clusterArn: arn('ecs', `cluster/${prefix}`),
    clusterTasksArn: arn('ecs', `task/${prefix}/*`),
    jobQueue: `${prefix}-jobs`,
    jobGpuQueue: `${prefix}-gpu-jobs`,
    jobQueueArn: (queue: string): string => arn('batch', `job-queue/${queue}`),
    /** Family of a task definition, and name of a job definition. */
    job: jobName,
    taskDefinitionArn: (pipeline: string, key: string): string =>
      arn('ecs', `task-definition/${jobName(pipeline, key)}`),
    jobDefinitionArn: (pipeline: string, key: string): string =>
      arn('batch', `job-definition/${jobName(pipeline, key)}`),
    jobExecutionRole: `${prefix}-jobs-\${AWS::Region}`,
    jobExecutionRoleArn: `arn:\${AWS::Partition}:iam::\${AWS::AccountId}:role/${prefix}-jobs-\${AWS::Region}`,
    trainingJobsArn: arn('sagemaker', 'training-job/millrace-*'),
    trainingLogs: '/aws/sagemaker/TrainingJobs',
    kubernetesClusterArn: (cluster: string): string => arn('eks', `cluster/${cluster}`),
    ruleArn: (rule: string): string => arn('events', `rule/${rule}`),
    machine: (pipeline: string): string => `${prefix}-${pipeline}`,
    machineArn: (pipeline: string): string => arn('states', `stateMachine:${prefix}-${pipeline}`),
    /** What starts a pipeline: an alias that leads to a version of its machine. */
    liveMachineArn: (pipeline: string): string =>
      `${arn('states', `stateMachine:${prefix}-${pipeline}`)}:live`,
    executionArn: (pipeline: string): string => arn('states', `execution:${prefix}-${pipeline}:*`),
    schedule: (pipeline: string, number: number): string =>
      shortened(`${prefix}-${pipeline}${number === 0 ? '' : `-${number + 1}`}`, SCHEDULE_NAME_LIMIT),
    scheduleGroup: prefix,
    coreFunction: (name: CoreFunction): string => `${prefix}-${name}`,
    function: functionName,
    functionArn: (pipeline: string, key: string): string =>
      arn('lambda', `function:${functionName(pipeline, key)}`),
    coreFunctionArn: (name: CoreFunction): string => arn('lambda', `function:${prefix}-${name}`),
    mlflowApi: `${prefix}-mlflow-api`,
    /** Where the core stack leaves the address of MLflow's API, and its id, for functions that track by MLflow's client. */
    mlflowUriParameter: `/${prefix}/mlflow-tracking-uri`,
    mlflowIdParameter: `/${prefix}/mlflow-api-id`,
    /** With the id from a parameter of the stack, `MlflowApiId`. */
    mlflowApiArn: arn('execute-api', '${MlflowApiId}/*'),
    /** The `vendedlogs` prefix keeps the log group out of the size-limited resource policy of CloudWatch Logs. */
    mlflowAccessLogs: `/aws/vendedlogs/apigateway/${prefix}-mlflow-api`,
    bus: prefix,
    busArn: arn('events', `event-bus/${prefix}`),
    /** What `secret('name')` stands for, of the whole stage. */
    secretParametersArn: arn('ssm', `parameter/millrace/${stage}/*`),
    secretReferencesArn: arn('ssm', `parameter/aws/reference/secretsmanager/millrace/${stage}/*`),
    secretsArn: arn('secretsmanager', `secret:millrace/${stage}/*`),
    /** ARNs of one secret: as a parameter, or as a secret and the parameter by which SSM reads it. */
    parameterArn: (name: string): string => arn('ssm', `parameter/millrace/${stage}/${name}`),
    secretArn: (name: string): string => arn('secretsmanager', `secret:millrace/${stage}/${name}-??????`),
    secretReferenceArn: (name: string): string =>
      arn('ssm', `parameter/aws/reference/secretsmanager/millrace/${stage}/${name}`),
    /** Variables and connections, one and all of them. */
    variableArn: (name: string): string => arn('ssm', `parameter/${prefix}/variables/${name}`),
    variablesArn: arn('ssm', `parameter/${prefix}/variables/*`),
    connectionArn: (name: string): string => arn('ssm', `parameter/${prefix}/connections/${name}`),
    connectionsArn: arn('ssm', `parameter/${prefix}/connections/*`),
    connectionReferenceArn: (name: string): string =>
      arn('ssm', `parameter/aws/reference/secretsmanager/${prefix}/connections/${name}`),
    connectionReferencesArn: arn('ssm', `parameter/aws/reference/secretsmanager/${prefix}/connections/*`),
    connectionSecretArn: (name: string): string =>
      arn('secretsmanager', `secret:${prefix}/connections/${name}-??????`),
    connectionSecretsArn: arn('secretsmanager', `secret:${prefix}/connections/*`),
    alarmTopic: `${prefix}-alarms`,
    alarmTopicArn: arn('sns', `${prefix}-alarms`),
    /** Functions of all pipelines, and of the core. */
    stageFunctionsArn: arn('lambda', `function:${prefix}-*`),
    /** Those that alerts call. */
    callbackFunctionsArn: arn('lambda', `function:${prefix}-*-callback-*`),
    accessPolicy: (level: string): string => `${prefix}-${level}-\${AWS::Region}`,
    deadLetters: `${prefix}-dead-letters`,
    deadLettersArn: arn('sqs', `${prefix}-dead-letters`),
    deadlineSchedule: (pipeline: string): string =>
      shortened(`${prefix}-${pipeline}-deadline`, SCHEDULE_NAME_LIMIT),
    schedulerRole: `${prefix}-scheduler-\${AWS::Region}`,
    schedulerRoleArn: `arn:\${AWS::Partition}:iam::\${AWS::AccountId}:role/${prefix}-scheduler-\${AWS::Region}`,
    stackArnPrefix: arn('cloudformation', `stack/${prefix}-`),
    functionLogs: (pipeline: string, key: string): string => `/millrace/${stage}/${pipeline}/${key}`,
    /** The `vendedlogs` prefix keeps the log group out of the size-limited resource policy of CloudWatch Logs. */
    machineLogs: (pipeline: string): string => `/aws/vendedlogs/states/${prefix}-${pipeline}`,
    /** Log groups of all tasks and functions of the stage, with their streams. */
    taskLogsArn: arn('logs', `log-group:/millrace/${stage}/*`),
    /** ARN of the streams of a log group. */
    logStreamsArn: (logGroup: string): string => arn('logs', `log-group:${logGroup}:*`),
  };
}

function shortened(name: string, limit: number): string {
  if (name.length <= limit) return name;
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 8);
  return `${name.slice(0, limit - 9)}-${hash}`;
}
