/** The local cloud: all services over one state directory, behind one port, fed by one template. */
import { join } from 'node:path';
import { HttpApis } from './apigateway/http-apis';
import { systemClock, type Clock } from './clock';
import { Alarms, type AlarmState } from './cloudwatch/alarms';
import { executionEnded, functionEnded, functionThrottled, queueHolds } from './cloudwatch/service-metrics';
import { Metrics, type Series } from './cloudwatch/metrics';
import { deployAssembly, type DeployResult } from './deploy/deploy-assembly';
import { DeployedTemplates } from './deploy/deployed-templates';
import { DynamoDbService } from './dynamodb/dynamodb-service';
import { EventBus } from './events/event-bus';
import { BatchService } from './jobs/batch-service';
import { DefinitionStore } from './jobs/definition-store';
import { EcsService } from './jobs/ecs-service';
import { runJob, runsJob } from './jobs/job-integrations';
import { JobRunner } from './jobs/job-runner';
import { KUBERNETES_PATH, KubernetesService } from './jobs/kubernetes-service';
import { SageMakerService } from './jobs/sagemaker-service';
import { LambdaService } from './lambda/lambda-service';
import { PythonEnvironments } from './lambda/python-environments';
import { LogStore } from './logs/log-store';
import { Subscriptions } from './logs/subscriptions';
import { S3Calls } from './s3/s3-calls';
import { S3Service } from './s3/s3-service';
import { accessKeyOf, listen } from './server';
import { ROOT, type BusEvent, type Guest } from './service';
import { quiet } from './quiet';
import { Scheduler } from './scheduler/scheduler';
import { Topics } from './sns/topics';
import { Queues } from './sqs/queues';
import { AthenaService } from './sql/athena-service';
import { LocalTableStore } from './sql/local-tables';
import { RdsDataService } from './sql/rds-data-service';
import { RedshiftDataService } from './sql/redshift-data-service';
import { Parameters } from './ssm/parameters';
import { openStateDirectory, readServerInfo, removeServerInfo, writeServerInfo } from './state-directory';
import { StepFunctionsService } from './stepfunctions/step-functions-service';

export interface LocalCloudOptions {
  /** State directory. */
  readonly directory: string;
  /** Where `node_modules` with the native packages is. */
  readonly projectRoot: string;
  /** @default 0: any free port */
  readonly port?: number;
  /** Cloud assembly to deploy at the start. @default what was deployed before stays */
  readonly assembly?: string;
  /** Lets executions go on and events be delivered. @default true */
  readonly resume?: boolean;
  /** Lets schedules ring. @default false: only what is asked for runs */
  readonly schedules?: boolean;
  /** What is done once all is deployed, before anything goes on or rings: with the variables that clients need. @default nothing */
  readonly begin?: (environment: Readonly<Record<string, string>>) => Promise<void>;
  /** What else the port serves. @default nothing */
  readonly guests?: readonly Guest[];
  /** Tasks that run at the same time. @default the cores of this machine */
  readonly parallel?: number;
  /** Functions that will be called soon, by name: their processes start at once. @default those of running executions */
  readonly prepare?: readonly string[];
  /** Processes of functions that are kept for the next call, 60 to 100 MB each. @default 24 */
  readonly warm?: number;
  /** Invocations at the same time; Lambda throttles those beyond. @default no limit: what comes waits its turn */
  readonly concurrency?: number;
  readonly clock?: Clock;
}

export interface LocalCloud {
  readonly url: string;
  /** What an AWS SDK client needs in its environment. */
  readonly environment: Readonly<Record<string, string>>;
  deploy(assembly: string): Promise<DeployResult>;
  /** Starts processes of functions that will be called soon and have none. */
  prepare(functions: readonly string[]): void;
  /** Metrics that functions and the services themselves sent since the start. */
  measured(): readonly Series[];
  /** Ids of the processes that a function runs in now. */
  processesOf(functionName: string): readonly number[];
  /** All alarms, and the state that each is in. */
  alarms(): readonly { readonly name: string; readonly state: AlarmState }[];
  /** Messages that were published to a topic. */
  published(topicArn: string): readonly { readonly subject: string; readonly text: string }[];
  /** Waits until nothing goes on any more but waiting: for a time, for a person, for an event that nobody sent. */
  idle(): Promise<void>;
  stop(): Promise<void>;
}

/** How long a stop waits for events that are being delivered: the end of a run and who is told of it. */
const PATIENCE_MS = 5_000;
const ACCOUNT = '000000000000';
const REGION = 'us-east-1';

export async function startLocalCloud(options: LocalCloudOptions): Promise<LocalCloud> {
  const root = openStateDirectory(options.directory);
  const clock = options.clock ?? systemClock();
  const now = () => clock.now();
  let host = '';
  const metrics = new Metrics(now, () => alarms.wake());
  const subscriptions = new Subscriptions({
    root,
    account: ACCOUNT,
    deliver: async (arn, payload) => void (await lambda.invokeAsync(arn, payload)),
  });
  const logs = new LogStore(root, subscriptions, (line) => metrics.observe(line), now);
  const topics = new Topics(root, now);
  const queues = new Queues({
    root,
    account: ACCOUNT,
    now,
    changed: (queue, visible) => queueHolds(metrics, queue, visible),
  });
  const dynamodb = new DynamoDbService({ root, account: ACCOUNT, region: REGION, now });
  const lambda = new LambdaService({
    root,
    logs,
    projectRoot: options.projectRoot,
    pythonDirectory: join(options.directory, 'python'),
    versionsDirectory: join(options.directory, 'functions'),
    codeCache: join(options.directory, 'code-cache'),
    parallel: options.parallel,
    warm: options.warm,
    host: () => host,
    measured: (name, milliseconds, failed) => functionEnded(metrics, name, milliseconds, failed),
    throttled: (name) => functionThrottled(metrics, name),
    concurrency: options.concurrency,
    deadLetter: (arn, payload, why) => void queues.send(arn, payload, { ErrorMessage: why }),
    ...(options.clock === undefined ? {} : { now }),
    environmentFor: (config) => ({
      ...environmentFor(`http://${host}`),
      // In an account the template says where MLflow's API is; here it is on this port.
      ...('MLFLOW_TRACKING_URI' in config.environment
        ? { MLFLOW_TRACKING_URI: `http://${host}`, MLFLOW_TRACKING_AWS_SIGV4: 'false' }
        : {}),
      AWS_ACCESS_KEY_ID: accessKeyOf(config.roleArn),
    }),
  });
  const apis = new HttpApis({ root, invoke: (arn, payload) => lambda.invoke(arn, payload) });
  const events = new EventBus({
    root,
    account: ACCOUNT,
    region: REGION,
    now,
    deliver: async (arn, payload) => void (await lambda.invokeAsync(arn, payload)),
  });
  const scheduler = new Scheduler({
    root,
    clock,
    deliver: async (arn, payload) => void (await lambda.invokeAsync(arn, payload)),
  });
  const s3 = new S3Service({
    root,
    directory: join(options.directory, 'objects'),
    emit: (event) => events.emit(event),
    now,
  });
  const parameters = new Parameters(root);
  const s3Calls = new S3Calls(() => `http://${host}`);
  const definitions = new DefinitionStore(root);
  const pythons = new PythonEnvironments(join(options.directory, 'python'));
  const jobs = new JobRunner({
    root,
    logs,
    pythonFor: (folder, told) => pythons.interpreterFor(folder, told),
    parallel: options.parallel,
    projectRoot: options.projectRoot,
    environmentFor: (roleArn) => ({
      ...environmentFor(`http://${host}`),
      AWS_ACCESS_KEY_ID: accessKeyOf(roleArn),
    }),
  });
  const containers = {
    jobs,
    ecs: new EcsService(jobs, definitions, ACCOUNT, REGION),
    batch: new BatchService(jobs, definitions, ACCOUNT, REGION),
    sagemaker: new SageMakerService(jobs, ACCOUNT, REGION),
    kubernetes: new KubernetesService(jobs, logs, () => `http://${host}`),
  };
  const tables = new LocalTableStore(root);
  const databases = {
    root,
    tables,
    projectRoot: options.projectRoot,
    readObject: (bucket: string, key: string) => s3Calls.read(bucket, key),
  };
  const athena = new AthenaService({
    ...databases,
    writeObject: (bucket, key, body) => s3Calls.write(bucket, key, body),
  });
  const redshiftdata = new RedshiftDataService(databases);
  const rdsdata = new RdsDataService(databases);
  const states = new StepFunctionsService({
    root,
    clock,
    account: ACCOUNT,
    region: REGION,
    invokeLambda: (arn, payload, _principal, turn) => lambda.invoke(arn, payload, turn),
    runJob: (resource, input, request) =>
      runsJob(resource) ? runJob(containers, resource, input, request) : undefined,
    service: (name) =>
      ({
        dynamodb,
        sns: topics,
        events,
        eventbridge: events,
        s3: s3Calls,
        ssm: parameters,
        athena,
        redshiftdata,
        rdsdata,
      })[name],
    prepare: (functions) => lambda.prepare(functions),
    runQuery: (input, principal, signal) => athena.runToEnd(input, principal, signal),
    emit: (event) => {
      executionEnded(metrics, event);
      events.emit(event);
    },
  });
  const alarms = new Alarms({
    root,
    metrics,
    now,
    measure: () => queues.visible().forEach((visible, queue) => queueHolds(metrics, queue, visible, true)),
    ...(options.clock === undefined ? {} : { at: (time, run) => clock.at(time, run) }),
    emit: (event) => events.emit(event),
    publish: async (TopicArn, Subject, Message) =>
      void (await topics.call('Publish', { TopicArn, Subject, Message }, ROOT)),
  });
  try {
    const { server, port } = await listen(
      {
        json: [
          dynamodb,
          states,
          events,
          logs,
          topics,
          queues,
          parameters,
          containers.ecs,
          containers.sagemaker,
          athena,
          redshiftdata,
        ],
        signedFor: { batch: containers.batch, eks: containers.kubernetes, 'rds-data': rdsdata },
        unsigned: { [KUBERNETES_PATH]: containers.kubernetes },
        lambda,
        runtime: (request, response) => lambda.serveRuntime(request, response),
        query: topics,
        apis,
        metrics,
        s3,
        guests: options.guests ?? [],
      },
      options.port ?? 0,
    );
    host = `127.0.0.1:${port}`;
    const url = `http://${host}`;
    writeServerInfo(options.directory, { pid: process.pid, port, url });
    lambda.prepare(options.prepare ?? []);
    const services = {
      s3,
      dynamodb,
      lambda,
      states,
      events,
      scheduler,
      topics,
      queues,
      logs,
      jobs,
      tables,
      definitions,
      apis,
      alarms,
      templates: new DeployedTemplates(root),
      account: ACCOUNT,
      region: REGION,
    };
    const deploy = async (assembly: string): Promise<DeployResult> => {
      const result = await deployAssembly(assembly, services);
      if (options.schedules === true) for (const stack of result.stacks) events.emit(stackUpdated(stack));
      return result;
    };
    const stop = async (): Promise<void> => {
      await events.settle(PATIENCE_MS);
      subscriptions.flush();
      await lambda.settle(PATIENCE_MS);
      states.stop();
      await Promise.all([athena.close(), redshiftdata.close()]);
      events.stop();
      scheduler.stop();
      alarms.stop();
      lambda.stop();
      jobs.close();
      logs.close();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
      await root.flushed;
      await root.close();
      removeServerInfo(options.directory);
    };
    try {
      if (options.assembly !== undefined) await deploy(options.assembly);
      await options.begin?.(environmentFor(url));
    } catch (error) {
      await stop();
      throw error;
    }
    if (options.resume !== false) {
      events.start();
      alarms.start();
      states.resume();
      if (options.schedules === true) scheduler.start();
    }
    return {
      url,
      environment: environmentFor(url),
      deploy,
      prepare: (functions) => lambda.prepare(functions),
      measured: () => metrics.all(),
      processesOf: (name) => lambda.processesOf(name),
      alarms: () => alarms.list().map(({ properties, state }) => ({ name: properties.AlarmName, state })),
      published: (arn) => topics.published(arn),
      idle: () => quiet([lambda, events, states, alarms, subscriptions]),
      stop,
    };
  } catch (error) {
    await root.close().catch(() => {});
    throw error;
  }
}

/** The server that has the directory in use, if there is one. */
export async function findRunningServer(
  directory: string,
): Promise<
  | { readonly pid: number; readonly url: string; readonly environment: Readonly<Record<string, string>> }
  | undefined
> {
  const info = readServerInfo(directory);
  return info === undefined || info.pid === process.pid
    ? undefined
    : { pid: info.pid, url: info.url, environment: environmentFor(info.url) };
}

/** As CloudFormation tells it on the default bus. */
function stackUpdated(stack: string): BusEvent {
  const id = `arn:aws:cloudformation:${REGION}:${ACCOUNT}:stack/${stack}/local`;
  return {
    source: 'aws.cloudformation',
    'detail-type': 'CloudFormation Stack Status Change',
    resources: [id],
    detail: { 'stack-id': id, 'status-details': { status: 'UPDATE_COMPLETE' } },
  };
}

function environmentFor(url: string): Record<string, string> {
  return {
    AWS_ENDPOINT_URL: url,
    AWS_REGION: REGION,
    AWS_DEFAULT_REGION: REGION,
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_EC2_METADATA_DISABLED: 'true',
  };
}
