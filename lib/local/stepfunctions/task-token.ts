/** A task token names the execution that waits for it, so that a callback finds it without a table of tokens. */
import { randomUUID } from 'node:crypto';

export function newTaskToken(executionArn: string): string {
  return Buffer.from(JSON.stringify({ execution: executionArn, id: randomUUID() })).toString('base64url');
}

/** ARN of the execution that a token is of; nothing when it is no token of ours. */
export function executionOf(token: string): string | undefined {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(token, 'base64url').toString('utf8'));
    return typeof parsed === 'object' && parsed !== null && 'execution' in parsed
      ? String(parsed.execution)
      : undefined;
  } catch {
    return undefined;
  }
}
