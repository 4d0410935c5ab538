/** Asks the launcher function, as schedules and events do. */
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { CliError, EXIT } from './cli-error';

export { currentUser } from './current-user';

/** Names of errors that say what is wrong with the request itself. */
const USAGE = new Set([
  'Millrace.InvalidParams',
  'Millrace.UnknownPipeline',
  'Millrace.InvalidRequest',
  'Millrace.InvalidBackfill',
  'Millrace.NotRerunnable',
  'Millrace.DecisionRefused',
  'Millrace.NoSuchVersion',
]);

export async function askLauncher<T>(stage: string, request: object, where: string): Promise<T> {
  const client = new LambdaClient({});
  try {
    const answer = await client.send(
      new InvokeCommand({
        FunctionName: `millrace-${stage}-launcher`,
        Payload: Buffer.from(JSON.stringify(request)),
      }),
    );
    const payload: unknown = JSON.parse(Buffer.from(answer.Payload ?? []).toString('utf8') || 'null');
    if (answer.FunctionError !== undefined) throw refusal(payload, where);
    return payload as T;
  } finally {
    client.destroy();
  }
}

function refusal(payload: unknown, where: string): CliError {
  const { errorType = 'Error', errorMessage = 'The launcher failed.' } = (payload ?? {}) as {
    errorType?: string;
    errorMessage?: string;
  };
  const usage = USAGE.has(errorType);
  return new CliError(errorMessage, {
    code: usage ? EXIT.usage : EXIT.failed,
    where,
    remedy: usage
      ? 'Correct the input and ask again; nothing was changed.'
      : `See the log of the launcher function (${errorType}).`,
    cause: Object.assign(new Error(errorMessage), { name: errorType }),
  });
}
