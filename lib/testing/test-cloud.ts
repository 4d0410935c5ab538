/** Buckets and tables of a stage in the test's own process, for running one task as it is. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateTableCommand } from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import type { Context } from 'aws-lambda';
import { documentClient } from '../aws/clients/dynamodb';
import { s3Client } from '../aws/clients/s3';
import { ObjectStore } from '../aws/object-store';
import { startLocalCloud } from '../local/local-cloud';
import type { TaskEvent, TaskResult } from '../model/envelope';
import type { Json } from '../model/json';

/** What `taskHandler` makes of a contract and a function. */
export type Handler = (event: TaskEvent, context: Context) => Promise<TaskResult>;

export interface TestCloud {
  /** The data bucket. */
  readonly objects: ObjectStore;
  /**
   * Runs the handler of a task with an input and returns its output, as the contract has it.
   * @throws what the task throws, under the name that the machine sees
   */
  runTask<Output>(
    handler: Handler,
    input: unknown,
    options?: { readonly task?: string; readonly pipeline?: string; readonly ds?: string },
  ): Promise<Output>;
  /** Ends the cloud and takes back the environment. */
  stop(): Promise<void>;
}

const NAMES = {
  MILLRACE_STAGE: 'test',
  MILLRACE_BUCKET: 'millrace-test-data',
  MILLRACE_TRACKING_TABLE: 'millrace-test-tracking',
  MILLRACE_ORCHESTRATION_TABLE: 'millrace-test-orchestration',
  MILLRACE_ALARM_TOPIC: 'arn:aws:sns:us-east-1:000000000000:millrace-test-alarms',
  MILLRACE_BUS: 'default',
  MILLRACE_CODE_HASH: 'test',
  POWERTOOLS_SERVICE_NAME: 'test',
  POWERTOOLS_METRICS_NAMESPACE: 'millrace',
  POWERTOOLS_METRICS_DISABLED: 'true',
  POWERTOOLS_LOG_LEVEL: 'SILENT',
};

/** @param projectRoot where `node_modules` is @default the working directory */
export async function startTestCloud(projectRoot = process.cwd()): Promise<TestCloud> {
  const directory = mkdtempSync(join(tmpdir(), 'millrace-test-'));
  const before = { ...process.env };
  const cloud = await startLocalCloud({ directory, projectRoot, resume: false });
  Object.assign(process.env, cloud.environment, NAMES);
  await s3Client().send(new CreateBucketCommand({ Bucket: NAMES.MILLRACE_BUCKET }));
  for (const table of [NAMES.MILLRACE_TRACKING_TABLE, NAMES.MILLRACE_ORCHESTRATION_TABLE])
    await documentClient().send(createTable(table));
  let runs = 0;
  return {
    objects: new ObjectStore(s3Client(), NAMES.MILLRACE_BUCKET),
    runTask: async (handler, input, { task = 'task', pipeline = 'test', ds = '2026-01-01' } = {}) => {
      const run = `${pipeline}--manual--${++runs}`;
      const { out } = await handler(eventOf(run, task, pipeline, ds, input as Json), contextOf(run));
      return out as never;
    },
    stop: async () => {
      await cloud.stop();
      for (const name of Object.keys(process.env)) delete process.env[name];
      Object.assign(process.env, before);
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function createTable(TableName: string): CreateTableCommand {
  const key = (hash: string, range: string) => [
    { AttributeName: hash, KeyType: 'HASH' as const },
    { AttributeName: range, KeyType: 'RANGE' as const },
  ];
  return new CreateTableCommand({
    TableName,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: ['pk', 'sk', 'g1pk', 'g1sk'].map((AttributeName) => ({
      AttributeName,
      AttributeType: 'S',
    })),
    KeySchema: key('pk', 'sk'),
    GlobalSecondaryIndexes: [
      { IndexName: 'gsi1', KeySchema: key('g1pk', 'g1sk'), Projection: { ProjectionType: 'ALL' } },
    ],
  });
}

function eventOf(id: string, task: string, pipeline: string, ds: string, input: Json): TaskEvent {
  const logicalDate = `${ds}T00:00:00.000Z`;
  return {
    task,
    run: {
      id,
      pipeline,
      params: {},
      trigger: 'manual',
      logicalDate,
      dataIntervalStart: logicalDate,
      dataIntervalEnd: logicalDate,
      ds,
      dsNodash: ds.replaceAll('-', ''),
      startedAt: logicalDate,
      code: { commit: 'unknown', dirty: false },
    },
    attempt: 0,
    execution: `arn:aws:states:us-east-1:000000000000:execution:millrace-test-${pipeline}:${id}`,
    redrive: 0,
    input,
    returns: {},
  };
}

function contextOf(id: string): Context {
  const started = Date.now();
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionName: 'millrace-test',
    functionVersion: '$LATEST',
    invokedFunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:millrace-test',
    memoryLimitInMB: '1769',
    awsRequestId: id,
    logGroupName: '/millrace/test',
    logStreamName: id,
    getRemainingTimeInMillis: () => 300_000 - (Date.now() - started),
    done: () => {},
    fail: () => {},
    succeed: () => {},
  };
}
