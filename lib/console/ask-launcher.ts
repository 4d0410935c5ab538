/** Asks the launcher function, as the command line, schedules and events do. */
import { InvokeCommand } from '@aws-sdk/client-lambda';
import { lambdaClient } from '../aws/clients/lambda';
import { resourceNames } from '../aws/environment';
import { ConsoleError } from './console-error';

/** A refusal of the launcher: nothing was changed. */
export class LauncherRefused extends ConsoleError {
  override readonly name: string;

  constructor(name: string, message: string, usage: boolean) {
    super(
      usage ? 400 : 500,
      message,
      usage
        ? 'Correct the input and ask again; nothing was changed.'
        : 'See the log of the launcher function.',
    );
    this.name = name;
  }
}

/** @throws LauncherRefused */
export async function askLauncher<T>(request: object): Promise<T> {
  const answer = await lambdaClient().send(
    new InvokeCommand({
      FunctionName: `millrace-${resourceNames().stage}-launcher`,
      Payload: Buffer.from(JSON.stringify(request)),
    }),
  );
  const payload: unknown = JSON.parse(Buffer.from(answer.Payload ?? []).toString('utf8') || 'null');
  if (answer.FunctionError === undefined) return payload as T;
  const { errorType = 'Error', errorMessage = 'The launcher failed.' } = (payload ?? {}) as {
    errorType?: string;
    errorMessage?: string;
  };
  throw new LauncherRefused(errorType, errorMessage, errorType.startsWith('Millrace.'));
}
