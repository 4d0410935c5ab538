/** The local cloud with the resources of the core stack and nothing deployed, for tests of what speaks to AWS. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateStateMachineCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { startLocalCloud } from '../../lib/local/local-cloud';
import type { Guest } from '../../lib/local/service';
import { tableProperties } from './table-template';

export interface LocalAws {
  readonly url: string;
  /** Where its state is. */
  readonly directory: string;
  /** Makes a machine and returns its ARN. */
  createMachine(name: string, definition: object): Promise<string>;
  /** Starts an execution and returns its ARN. */
  startExecution(machine: string, name: string): Promise<string>;
  /** Ends the server and takes back the environment. */
  stop(): Promise<void>;
}

const NAMES = {
  MILLRACE_STAGE: 'test',
  MILLRACE_BUCKET: 'millrace-test-data',
  MILLRACE_TRACKING_TABLE: 'millrace-test-tracking',
  MILLRACE_ORCHESTRATION_TABLE: 'millrace-test-orchestration',
  MILLRACE_ALARM_TOPIC: 'arn:aws:sns:us-east-1:000000000000:millrace-test-alarms',
  MILLRACE_CODE_HASH: 'c0de',
};

export const MACHINES = 'arn:aws:states:us-east-1:000000000000:stateMachine:';

export async function startLocalAws(guests: readonly Guest[] = []): Promise<LocalAws> {
  const directory = mkdtempSync(join(tmpdir(), 'millrace-test-'));
  const before = { ...process.env };
  const cloud = await startLocalCloud({
    directory,
    projectRoot: resolve(__dirname, '../..'),
    resume: false,
    guests,
  });
  Object.assign(process.env, cloud.environment, NAMES);
  const dynamodb = new DynamoDBClient({});
  const s3 = new S3Client({ forcePathStyle: true });
  const states = new SFNClient({});
  for (const TableName of [NAMES.MILLRACE_TRACKING_TABLE, NAMES.MILLRACE_ORCHESTRATION_TABLE]) {
    await dynamodb.send(new CreateTableCommand(tableProperties(TableName)));
  }
  await s3.send(new CreateBucketCommand({ Bucket: NAMES.MILLRACE_BUCKET }));
  return {
    url: cloud.url,
    directory,
    createMachine: async (name, definition) => {
      const { stateMachineArn } = await states.send(
        new CreateStateMachineCommand({
          name,
          definition: JSON.stringify(definition),
          roleArn: 'arn:aws:iam::000000000000:role/test',
        }),
      );
      return stateMachineArn ?? '';
    },
    startExecution: async (stateMachineArn, name) => {
      const { executionArn } = await states.send(new StartExecutionCommand({ stateMachineArn, name }));
      return executionArn ?? '';
    },
    stop: async () => {
      for (const client of [dynamodb, s3, states]) client.destroy();
      await cloud.stop();
      for (const name of Object.keys(process.env)) delete process.env[name];
      Object.assign(process.env, before);
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
