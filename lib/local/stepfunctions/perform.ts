/** What the tasks of a machine can ask for: Lambda functions, nested executions, any call of a service that is here. */
import { AwsError, type JsonService, type Principal } from '../service';
import type { Turn } from '../lambda/slots';
import type { TaskRequest } from './runner-ports';
import { MEMBER_NAMES } from './member-names';
import { putEvents } from './put-events';
import { StatesError } from './states-error';

export interface Integrations {
  invokeLambda(
    functionArn: string,
    payload: string,
    principal: Principal,
    turn?: Turn,
  ): Promise<{
    readonly payload: string;
    readonly functionError?: string | undefined;
    readonly version?: string;
  }>;
  service(name: string): JsonService | undefined;
  /** Runs a container to its end; nothing when the resource is none that does. */
  runJob?(
    resource: string,
    input: unknown,
    request: Pick<TaskRequest, 'executionArn' | 'signal' | 'turn'>,
  ): Promise<unknown> | undefined;
  /** Runs a query of Athena to its end. */
  runQuery?(input: unknown, principal: Principal, signal: AbortSignal | undefined): Promise<unknown>;
  /** Starts a nested execution; with `wait`, resolves when it has ended. */
  startExecution(input: Record<string, unknown>, wait: boolean, principal: Principal): Promise<unknown>;
}

/** Names of SDK integrations in errors. */
const ERROR_PREFIX: Readonly<Record<string, string>> = {
  dynamodb: 'DynamoDb',
  sfn: 'Sfn',
  sns: 'Sns',
  sqs: 'Sqs',
  eventbridge: 'EventBridge',
  s3: 'S3',
  ssm: 'Ssm',
  events: 'EventBridge',
  athena: 'Athena',
  redshiftdata: 'RedshiftData',
  rdsdata: 'RdsData',
};

export async function perform(request: TaskRequest, integrations: Integrations): Promise<unknown> {
  const principal: Principal = {
    name: request.roleArn.split('/').at(-1) ?? 'machine',
    roleArn: request.roleArn,
  };
  const resource = request.resource.replace(/^arn:aws:states:::/, '');
  const input = request.arguments as Record<string, unknown>;
  if (resource === 'lambda:invoke') return invoke(input, integrations, principal, request.turn);
  if (/^states:startExecution(\.sync(:2)?)?$/.test(resource))
    return integrations.startExecution(input, resource.includes('.sync'), principal);
  const job = integrations.runJob?.(resource, input, request);
  if (job !== undefined) return job;
  if (resource === 'athena:startQueryExecution.sync' && integrations.runQuery !== undefined)
    return integrations.runQuery(input, principal, request.signal);
  const sdk = /^(aws-sdk:)?(\w+):(\w+)$/.exec(resource);
  const service = sdk === null ? undefined : integrations.service(sdk[2] ?? '');
  if (sdk === null || service === undefined)
    throw new StatesError('States.Runtime', `The integration '${request.resource}' is not served here.`);
  const operation = `${(sdk[3] ?? '').charAt(0).toUpperCase()}${(sdk[3] ?? '').slice(1)}`;
  try {
    if (resource === 'events:putEvents')
      return await putEvents(service, input, request.executionArn, principal);
    const names = MEMBER_NAMES[sdk[2] ?? ''];
    if (names === undefined) return await service.call(operation, input, principal);
    return names.answer(await service.call(operation, names.request(input), principal));
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    const prefix =
      sdk[1] === undefined
        ? sdk[2] === 'dynamodb'
          ? 'DynamoDB'
          : sdk[2] === 'athena'
            ? 'Athena'
            : sdk[2]?.toUpperCase()
        : (ERROR_PREFIX[sdk[2] ?? ''] ?? sdk[2]);
    const code = error.code.endsWith('Exception') ? error.code : `${error.code}Exception`;
    throw new StatesError(`${prefix ?? ''}.${code}`, error.message);
  }
}

async function invoke(
  input: Record<string, unknown>,
  integrations: Integrations,
  principal: Principal,
  turn: Turn | undefined,
): Promise<unknown> {
  let answer: Awaited<ReturnType<Integrations['invokeLambda']>>;
  try {
    answer = await integrations.invokeLambda(
      String(input['FunctionName']),
      JSON.stringify(input['Payload'] ?? {}),
      principal,
      turn,
    );
  } catch (error) {
    if (error instanceof AwsError) throw new StatesError(`Lambda.${error.code}`, error.message);
    throw error;
  }
  const payload = parse(answer.payload);
  if (answer.functionError !== undefined) {
    const failure = (payload ?? {}) as { errorType?: string; errorMessage?: string };
    throw new StatesError(
      failure.errorType ?? 'Lambda.Unknown',
      JSON.stringify({ errorMessage: failure.errorMessage, errorType: failure.errorType }),
    );
  }
  return { ExecutedVersion: answer.version ?? '$LATEST', Payload: payload, StatusCode: 200 };
}

function parse(text: string): unknown {
  if (text === '') return null;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
