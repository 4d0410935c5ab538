/**
 * Decisions of persons. The item of an approval is written by the state machine (lib/compiler/emit-approval.ts).
 *
 * 1. A decision is recorded before it is sent, and only one is ever recorded.
 * 2. A decision that was recorded but not sent, because the process died in between, is sent by whoever comes next.
 * 3. What comes after the question has expired is refused and not recorded: a rerun asks again.
 * 4. When the run was stopped meanwhile, the decision stands for its rerun. It is never taken back: that nobody waits for
 *    an answer may also mean that it has arrived already.
 */
import { SendTaskSuccessCommand } from '@aws-sdk/client-sfn';
import { z } from 'zod';
import { sfnClient } from '../aws/clients/sfn';
import type { Key } from '../aws/dynamo-table';
import { put, update } from '../aws/dynamo-table';
import { orchestrationTable } from '../aws/tables';
import { auditItem } from './audit';
import { DoNotRetry } from '../model/errors';
import type { JsonObject } from '../model/json';

/** There is no such question, it was answered, it has expired, or the form is filled in wrongly. */
export class DecisionRefused extends DoNotRetry {
  override readonly name = 'Millrace.DecisionRefused';
}

export interface Decision {
  readonly approved: boolean;
  readonly comment?: string;
  /** What the form asks for. */
  readonly values?: JsonObject;
}

/** The decision as the pipeline gets it. */
export interface RecordedDecision {
  readonly approved: boolean;
  readonly by: string;
  readonly comment: string;
  readonly values: JsonObject | null;
}

export interface Approval {
  readonly task: string;
  readonly pipeline: string;
  readonly prompt: string;
  readonly details: JsonObject;
  /** JSON Schema of the form. */
  readonly form: JsonObject;
  readonly requestedAt: string;
  readonly expiresAt: string;
  readonly state: 'pending' | 'decided' | 'expired';
  readonly decision?: RecordedDecision;
  readonly decidedAt?: string;
}

interface ApprovalItem extends Pick<
  Approval,
  'task' | 'pipeline' | 'prompt' | 'requestedAt' | 'expiresAt' | 'decidedAt'
> {
  /** JSON. */
  readonly details: string;
  readonly form: string;
  readonly decision?: string;
  readonly token: string;
  readonly sentAt?: string;
}

const PREFIX = 'APPROVAL#';
const keyOf = (runId: string, task: string): Key => ({ pk: `RUN#${runId}`, sk: `${PREFIX}${task}` });

/** The questions of a run, asked or answered. */
export async function listApprovals(runId: string, now = new Date()): Promise<Approval[]> {
  const items = await orchestrationTable().query<ApprovalItem>({ pk: `RUN#${runId}`, prefix: PREFIX });
  return items.map((item) => ({
    task: item.task,
    pipeline: item.pipeline,
    prompt: item.prompt,
    details: JSON.parse(item.details) as JsonObject,
    form: JSON.parse(item.form) as JsonObject,
    requestedAt: item.requestedAt,
    expiresAt: item.expiresAt,
    state: item.decision !== undefined ? 'decided' : isLate(item, now) ? 'expired' : 'pending',
    ...(item.decision === undefined ? {} : { decision: JSON.parse(item.decision) as RecordedDecision }),
    ...(item.decidedAt === undefined ? {} : { decidedAt: item.decidedAt }),
  }));
}

/**
 * Decides a question once and for all.
 * @param who recorded with the decision
 * @throws DecisionRefused
 */
export async function decideApproval(
  runId: string,
  task: string,
  decision: Decision,
  who: string,
  now = new Date(),
): Promise<RecordedDecision> {
  const key = keyOf(runId, task);
  const item = await orchestrationTable().get<ApprovalItem>(key);
  if (item === undefined)
    throw new DecisionRefused(
      `The run ${runId} asks for no decision at '${task}'. What it asks for: millrace show ${runId}`,
    );
  if (item.decision !== undefined) {
    if (item.sentAt === undefined) await send(key, item.token, item.decision, now);
    throw alreadyDecided(task, item);
  }
  if (isLate(item, now)) throw expired(task, item);
  const recorded: RecordedDecision = {
    approved: decision.approved,
    by: who,
    comment: decision.comment ?? '',
    values: decision.approved ? filledIn(task, item.form, decision.values ?? {}) : null,
  };
  const text = JSON.stringify(recorded);
  const change = {
    UpdateExpression: 'SET #decision = :decision, #decidedAt = :now REMOVE #sentAt',
    ConditionExpression: 'attribute_not_exists(#decision) AND #token = :token',
    ExpressionAttributeNames: {
      '#decision': 'decision',
      '#decidedAt': 'decidedAt',
      '#sentAt': 'sentAt',
      '#token': 'token',
    },
    ExpressionAttributeValues: { ':decision': text, ':now': now.toISOString(), ':token': item.token },
  };
  const { approved, comment } = decision;
  // With the decision, or not at all: also one that comes too late to be heard is somebody's.
  const refused = await orchestrationTable().transact([
    update(key, change),
    put(
      auditItem(
        runId,
        {
          action: approved ? 'approve' : 'reject',
          by: who,
          ...(comment === undefined ? {} : { why: comment }),
          details: { task },
        },
        { now: () => now, requestId: item.token },
      ),
    ),
  ]);
  if (refused !== undefined) {
    const other = await orchestrationTable().get<ApprovalItem>(key);
    if (other?.decision !== undefined) throw alreadyDecided(task, other);
    throw new DecisionRefused(`The question at '${task}' was asked anew in this moment. Decide again.`);
  }
  if (!(await send(key, item.token, text, now)))
    throw new DecisionRefused(
      `Nobody waits for the decision on '${task}' any more: the run ${runId} was stopped, or the question expired in this moment. The decision is recorded, and a rerun will go on with it.`,
    );
  return recorded;
}

/** Returns false when the state waits no longer. */
async function send(key: Key, taskToken: string, output: string, now: Date): Promise<boolean> {
  try {
    await sfnClient().send(new SendTaskSuccessCommand({ taskToken, output }));
  } catch (error) {
    const name = error instanceof Error ? error.name : '';
    if (!['TaskTimedOut', 'TaskDoesNotExist', 'InvalidToken'].includes(name)) throw error;
    return false;
  }
  await orchestrationTable().update(key, {
    UpdateExpression: 'SET #sentAt = :now',
    ConditionExpression: 'attribute_exists(pk)',
    ExpressionAttributeNames: { '#sentAt': 'sentAt' },
    ExpressionAttributeValues: { ':now': now.toISOString() },
  });
  return true;
}

function filledIn(task: string, form: string, values: JsonObject): JsonObject {
  const schema = JSON.parse(form) as JsonObject;
  const parsed = z.fromJSONSchema(schema).safeParse(values, { reportInput: true });
  if (parsed.success) return parsed.data as JsonObject;
  throw new DecisionRefused(
    [
      `The form of '${task}' is filled in wrongly:`,
      ...parsed.error.issues.map(
        (issue) =>
          `  ${issue.path.map(String).join('.') || '(all of it)'}: ${issue.message.replace(/^Invalid input: /, '')}`,
      ),
    ].join('\n'),
  );
}

function isLate(item: Pick<ApprovalItem, 'expiresAt'>, now: Date): boolean {
  return Date.parse(item.expiresAt) <= now.getTime();
}

function expired(task: string, item: ApprovalItem): DecisionRefused {
  return new DecisionRefused(
    `The question at '${task}' of ${item.pipeline} expired at ${item.expiresAt}. Rerun the run to be asked again.`,
  );
}

function alreadyDecided(task: string, item: ApprovalItem): DecisionRefused {
  const { approved, by } = JSON.parse(item.decision ?? '{}') as RecordedDecision;
  return new DecisionRefused(
    `'${task}' was ${approved ? 'approved' : 'refused'} by ${by} at ${item.decidedAt ?? 'an unknown time'}. A decision stands.`,
  );
}
