/** What a state may ask for, by its resource: the published models of the services, as the SDK's clients carry them. */
import {
  GetQueryResultsInput$,
  StartQueryExecutionInput$,
  StopQueryExecutionInput$,
} from '@aws-sdk/client-athena';
import { SubmitJobRequest$ } from '@aws-sdk/client-batch';
import { GetItemInput$, PutItemInput$, UpdateItemInput$ } from '@aws-sdk/client-dynamodb';
import { RunTaskRequest$ } from '@aws-sdk/client-ecs';
import { PutEventsRequest$ } from '@aws-sdk/client-eventbridge';
import { InvocationRequest$ } from '@aws-sdk/client-lambda';
import { ExecuteStatementRequest$ } from '@aws-sdk/client-rds-data';
import {
  CancelStatementRequest$,
  DescribeStatementRequest$,
  ExecuteStatementInput$,
  GetStatementResultRequest$,
} from '@aws-sdk/client-redshift-data';
import { CopyObjectRequest$, ListObjectsV2Request$ } from '@aws-sdk/client-s3';
import { CreateTrainingJobRequest$ } from '@aws-sdk/client-sagemaker';
import { SendTaskSuccessInput$, StartExecutionInput$ } from '@aws-sdk/client-sfn';
import { apiFaults } from './api-model';
import { runJob } from './kubernetes-job';

type Arguments = Readonly<Record<string, unknown>>;
type Check = (given: Arguments) => string[];

/** @param capital where the API begins its members small */
const model =
  (schema: unknown, { capital = false, prepared = (given: Arguments): Arguments => given } = {}): Check =>
  (given) =>
    apiFaults(schema, prepared(given), capital);
/** Integrations write as an object what an API takes as text. */
const asText =
  (member: string) =>
  (given: Arguments): Arguments => ({ ...given, [member]: JSON.stringify(given[member]) });

const CHECKS: Readonly<Record<string, Check>> = {
  // The SDK takes bytes where the integration takes any JSON.
  'lambda:invoke': model(InvocationRequest$, { prepared: ({ Payload: _json, ...rest }) => rest }),
  'states:startExecution': model(StartExecutionInput$, { capital: true, prepared: asText('Input') }),
  'events:putEvents': model(PutEventsRequest$, {
    prepared: ({ Entries }) => ({ Entries: (Entries as Arguments[]).map(asText('Detail')) }),
  }),
  'ecs:runTask': model(RunTaskRequest$, { capital: true }),
  'batch:submitJob': model(SubmitJobRequest$, { capital: true }),
  'sagemaker:createTrainingJob': model(CreateTrainingJobRequest$),
  'eks:runJob': (given) =>
    (runJob.safeParse(given).error?.issues ?? []).map(
      ({ path, message }) => `.${path.join('.')}: ${message}`,
    ),
  'athena:startQueryExecution': model(StartQueryExecutionInput$),
  'athena:stopQueryExecution': model(StopQueryExecutionInput$),
  'athena:getQueryResults': model(GetQueryResultsInput$),
  'aws-sdk:redshiftdata:executeStatement': model(ExecuteStatementInput$, { capital: true }),
  'aws-sdk:redshiftdata:describeStatement': model(DescribeStatementRequest$),
  'aws-sdk:redshiftdata:getStatementResult': model(GetStatementResultRequest$),
  'aws-sdk:redshiftdata:cancelStatement': model(CancelStatementRequest$),
  'aws-sdk:rdsdata:executeStatement': model(ExecuteStatementRequest$, { capital: true }),
  'aws-sdk:dynamodb:getItem': model(GetItemInput$),
  'aws-sdk:dynamodb:putItem': model(PutItemInput$),
  'aws-sdk:dynamodb:updateItem': model(UpdateItemInput$),
  'aws-sdk:sfn:sendTaskSuccess': model(SendTaskSuccessInput$, { capital: true }),
  'aws-sdk:s3:listObjectsV2': model(ListObjectsV2Request$),
  'aws-sdk:s3:copyObject': model(CopyObjectRequest$),
};

/** The name of a service and its action: `ecs:runTask`. */
export function integrationOf(resource: string): string {
  return resource.replace(/^arn:aws:states:::/, '').replace(/\.(sync(:2)?|waitForTaskToken)$/, '');
}

/** What is wrong with the arguments of a state; that nobody knows its resource is a fault, too. */
export function argumentFaults(resource: string, given: unknown): string[] {
  const check = CHECKS[integrationOf(resource)];
  return check === undefined ? [`there is no model of ${resource}`] : check(given as Arguments);
}
