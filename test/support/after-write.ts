/** Does something right after a transaction of the local DynamoDB was made, before whoever asked for it hears of that; once. */
import { DynamoDbService } from '../../lib/local/dynamodb/dynamodb-service';

export interface AfterWrite {
  /** Whether it came to that. */
  readonly done: () => boolean;
  end(): void;
}

/** @param parts texts that the transaction has as JSON */
export function afterWrite(parts: readonly string[], act: () => Promise<void>): AfterWrite {
  const method = 'call' as const;
  const call = DynamoDbService.prototype[method];
  let done = false;
  const spy = jest.spyOn(DynamoDbService.prototype, method).mockImplementation(async function (
    this: DynamoDbService,
    operation,
    input,
    principal,
  ) {
    const answer = await call.call(this, operation, input, principal);
    const text = operation === 'TransactWriteItems' && !done ? JSON.stringify(input) : '';
    if (text !== '' && parts.every((part) => text.includes(part))) {
      done = true;
      await act();
    }
    return answer;
  });
  return { done: () => done, end: () => spy.mockRestore() };
}
