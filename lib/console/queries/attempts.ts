/** The attempts of a task, from the history of the executions of its run. */
import type { HistoryEvent } from '@aws-sdk/client-sfn';
import type { Json } from '../../model/json';
import { readHistory } from '../../orchestration/read-history';
import type { AttemptView } from '../views/runs';
import { member } from './record-output';
import { remedyFor } from './remedy';

export interface History {
  readonly attempts: readonly AttemptView[];
  /** What the function was sent last; `null` when the history has it no more, or it is no function. */
  readonly input: Json;
}

/** Step Functions keeps histories for 90 days; one that is gone has no attempts. */
export async function readAttempts(
  executions: readonly string[],
  task: { readonly id: string; readonly state: string },
): Promise<History> {
  const attempts: AttemptView[] = [];
  let input: Json = null;
  for (const execution of executions) {
    const found = attemptsIn(execution, (await readHistory(execution)) ?? [], task);
    attempts.push(
      ...found.attempts.map((attempt) => ({ ...attempt, number: attempts.length + attempt.number })),
    );
    if (found.attempts.length > 0) input = found.input;
  }
  return { attempts, input };
}

/** Pure: the attempts of one execution. */
export function attemptsIn(
  execution: string,
  events: readonly HistoryEvent[],
  task: { readonly id: string; readonly state: string },
): History {
  const attempts: AttemptView[] = [];
  let input: Json = null;
  const byPrevious = new Map<number, HistoryEvent[]>();
  for (const event of events) {
    const before = event.previousEventId ?? 0;
    byPrevious.set(before, [...(byPrevious.get(before) ?? []), event]);
  }
  const states = stateNames(events);
  for (const event of events) {
    if (event.type !== 'TaskScheduled') continue;
    const payload = payloadOf(event);
    const mine = payload === undefined ? states.get(event.id ?? 0) === task.state : payload.task === task.id;
    if (!mine) continue;
    if (payload?.input !== undefined) ({ input } = payload);
    const end = endOf(event, byPrevious);
    const error = errorOf(end);
    attempts.push({
      number: attempts.length + 1,
      execution: execution.split(':').at(-1) ?? execution,
      startedAt: event.timestamp?.toISOString() ?? '',
      endedAt: end?.timestamp?.toISOString() ?? null,
      outcome: outcomeOf(end),
      error,
      remedy: remedyFor(error),
      input: payload?.input ?? null,
      output: payload === undefined ? null : outputOf(end),
    });
  }
  return { attempts, input };
}

interface Payload {
  readonly task?: string;
  readonly input: Json;
}

/** Of an invocation of a function for a task. */
function payloadOf(event: HistoryEvent): Payload | undefined {
  try {
    const parameters = JSON.parse(event.taskScheduledEventDetails?.parameters ?? 'null') as {
      Payload?: Payload;
    } | null;
    const payload = parameters?.Payload;
    return typeof payload?.task === 'string' ? payload : undefined;
  } catch {
    return undefined;
  }
}

/** Name of the state that each event belongs to. */
function stateNames(events: readonly HistoryEvent[]): Map<number, string> {
  const names = new Map<number, string>();
  for (const event of events) {
    const name = event.stateEnteredEventDetails?.name ?? names.get(event.previousEventId ?? 0);
    if (name !== undefined && event.id !== undefined) names.set(event.id, name);
  }
  return names;
}

const ENDS = new Set(['TaskSucceeded', 'TaskFailed', 'TaskTimedOut', 'TaskStartFailed', 'TaskSubmitFailed']);

function endOf(
  scheduled: HistoryEvent,
  byPrevious: ReadonlyMap<number, readonly HistoryEvent[]>,
): HistoryEvent | undefined {
  let here: HistoryEvent | undefined = scheduled;
  while (here !== undefined && !ENDS.has(here.type ?? '')) {
    const next: readonly HistoryEvent[] = byPrevious.get(here.id ?? -1) ?? [];
    here = next.find((event) => event.type?.startsWith('Task') === true && event.type !== 'TaskStateEntered');
  }
  return here;
}

function outcomeOf(end: HistoryEvent | undefined): AttemptView['outcome'] {
  if (end === undefined) return 'running';
  if (end.type === 'TaskSucceeded') return 'success';
  return end.type === 'TaskTimedOut' ? 'timed_out' : 'failed';
}

function errorOf(end: HistoryEvent | undefined): AttemptView['error'] {
  const details = end?.taskFailedEventDetails ?? end?.taskTimedOutEventDetails;
  if (details === undefined) return null;
  return { name: details.error ?? 'Error', message: messageOf(details.cause ?? '') };
}

/** What a function answered: its result has the output of the task, or says where that lies. */
function outputOf(end: HistoryEvent | undefined): Json {
  try {
    const answer = JSON.parse(end?.taskSucceededEventDetails?.output ?? 'null') as Json;
    return member(member(answer, 'Payload'), 'out') ?? null;
  } catch {
    return null;
  }
}

/** A function tells its error as JSON. */
function messageOf(cause: string): string {
  try {
    const { errorMessage } = JSON.parse(cause) as { errorMessage?: unknown };
    return typeof errorMessage === 'string' ? errorMessage : cause;
  } catch {
    return cause;
  }
}
