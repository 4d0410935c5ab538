/** One at a time works on the target of an endpoint; others wait for it. A holder that dies loses it after a while. */
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Key } from '../../aws/dynamo-table';
import { orchestrationTable } from '../../aws/tables';
import { MillraceError } from '../../model/errors';

/** Somebody else has been working on the target all the time; what they do is what is wanted. */
export class TargetBusy extends MillraceError {
  override readonly name = 'Millrace.TargetBusy';
}

/** Longer than the function that works may take. */
const HELD_MS = 70_000;
const PATIENCE_MS = 40_000;
const POLL_MS = 200;

/** @throws TargetBusy */
export async function withLease<T>(endpoint: string, work: () => Promise<T>): Promise<T> {
  const key: Key = { pk: `ENDPOINT#${endpoint}`, sk: 'TARGET#LEASE' };
  const holder = randomUUID();
  const patientUntil = Date.now() + PATIENCE_MS;
  while (!(await take(key, holder))) {
    if (Date.now() > patientUntil)
      throw new TargetBusy(`The target of '${endpoint}' is being worked on. The next minute tries again.`);
    await pause(POLL_MS);
  }
  try {
    return await work();
  } finally {
    await orchestrationTable().update(key, {
      UpdateExpression: 'SET heldUntil = :none',
      ConditionExpression: 'holder = :holder',
      ExpressionAttributeValues: { ':none': 0, ':holder': holder },
    });
  }
}

function take(key: Key, holder: string): Promise<boolean> {
  const now = Date.now();
  return orchestrationTable().update(key, {
    UpdateExpression: 'SET heldUntil = :until, holder = :holder',
    ConditionExpression: 'attribute_not_exists(heldUntil) OR heldUntil < :now',
    ExpressionAttributeValues: { ':until': now + HELD_MS, ':holder': holder, ':now': now },
  });
}
