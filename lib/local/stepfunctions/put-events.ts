/** `events:putEvents` as Step Functions has it: https://docs.aws.amazon.com/step-functions/latest/dg/connect-eventbridge.html */
import type { JsonService, Principal } from '../service';
import { StatesError } from './states-error';

interface Answer {
  readonly FailedEntryCount?: number;
  readonly Entries?: readonly { readonly ErrorCode?: string; readonly ErrorMessage?: string }[];
}

/** Details are objects there, and one entry that is not taken fails the state. @throws StatesError */
export async function putEvents(
  bus: JsonService,
  { Entries = [] }: { readonly Entries?: readonly { readonly Detail?: unknown }[] },
  executionArn: string,
  principal: Principal,
): Promise<unknown> {
  const answer = (await bus.call(
    'PutEvents',
    {
      Entries: Entries.map(({ Detail, ...entry }) => ({
        Resources: [executionArn],
        ...entry,
        Detail: typeof Detail === 'string' ? Detail : JSON.stringify(Detail ?? {}),
      })),
    },
    principal,
  )) as Answer;
  if ((answer.FailedEntryCount ?? 0) > 0)
    throw new StatesError('EventBridge.FailedEntry', JSON.stringify(answer));
  return answer;
}
