/** Failures between any two calls to DynamoDB: the request is never sent, or it is done and its answer is lost. */
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { seededRandom } from './seeded-random';

export class InjectedFailure extends Error {
  override readonly name = 'InjectedFailure';
}

export interface FailingCalls {
  /** Calls that failed before and after they were done. */
  readonly failed: { before: number; after: number };
  stop(): void;
}

/** @param share of the calls that fail, half of them before and half of them after */
export function failingCalls(
  clients: readonly DynamoDBDocumentClient[],
  seed: number,
  share: number,
): FailingCalls {
  const random = seededRandom(seed);
  const failed = { before: 0, after: 0 };
  const name = `failing-${seed}`;
  // Outside of the SDK's own retries.
  for (const client of clients) {
    client.middlewareStack.add(
      (next) => async (args) => {
        const drawn = random();
        if (drawn < share / 2) {
          failed.before++;
          throw new InjectedFailure('The request was not sent.');
        }
        const answer = await next(args);
        if (drawn < share) {
          failed.after++;
          throw new InjectedFailure('The answer was lost.');
        }
        return answer;
      },
      { step: 'initialize', priority: 'high', name },
    );
  }
  const stop = () => {
    for (const client of clients) client.middlewareStack.remove(name);
  };
  return { failed, stop };
}

/** One failure, behind a call that is chosen: it is done and its answer is lost. The first call has number 1. */
export function failingAt(
  client: DynamoDBDocumentClient,
  call: number,
): { /** Calls so far. */ readonly count: () => number; readonly stop: () => void } {
  const name = 'failing-at';
  let count = 0;
  client.middlewareStack.add(
    (next) => async (args) => {
      const mine = ++count;
      const answer = await next(args);
      if (mine === call) throw new InjectedFailure('The answer was lost.');
      return answer;
    },
    { step: 'initialize', priority: 'high', name },
  );
  return { count: () => count, stop: () => client.middlewareStack.remove(name) };
}

/** As clients do: what failed for want of an answer is asked again. */
export async function again<T>(ask: () => Promise<T>, attempts = 100): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof InjectedFailure) || attempt === attempts) throw error;
    }
  }
}
