/** Starts a run through the launcher function, the way schedules and events do. */
import { randomUUID } from 'node:crypto';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import type { JsonObject } from '../model/json';
import { CliError, EXIT } from './cli-error';

export interface StartedRun {
  readonly runId: string;
  readonly executionArn: string;
}

export interface StartRunProps {
  readonly stage: string;
  readonly pipeline: string;
  readonly params: JsonObject;
  /** The same token means the same run. @default every call is its own */
  readonly token?: string;
}

export async function startRun(props: StartRunProps): Promise<StartedRun> {
  const client = new LambdaClient({});
  try {
    const answer = await client.send(
      new InvokeCommand({
        FunctionName: `millrace-${props.stage}-launcher`,
        // The token makes a repeated call start nothing twice.
        Payload: Buffer.from(
          JSON.stringify({
            pipeline: props.pipeline,
            params: props.params,
            trigger: 'manual',
            token: props.token ?? randomUUID(),
          }),
        ),
      }),
    );
    const payload: unknown = JSON.parse(Buffer.from(answer.Payload ?? []).toString('utf8') || 'null');
    if (answer.FunctionError !== undefined) throw refusal(payload, props.pipeline);
    return payload as StartedRun;
  } finally {
    client.destroy();
  }
}

function refusal(payload: unknown, pipeline: string): CliError {
  const { errorType = 'Error', errorMessage = 'The launcher failed.' } = (payload ?? {}) as {
    errorType?: string;
    errorMessage?: string;
  };
  const usage = errorType === 'Millrace.InvalidParams' || errorType === 'Millrace.UnknownPipeline';
  return new CliError(errorMessage, {
    code: usage ? EXIT.usage : EXIT.failed,
    where: pipeline,
    remedy: usage
      ? 'Correct the input and start again; nothing was started.'
      : `See the log of the launcher function (${errorType}).`,
    cause: Object.assign(new Error(errorMessage), { name: errorType }),
  });
}
