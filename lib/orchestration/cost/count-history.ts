/** What an execution did that is billed, from its history. Pure. */
import type { HistoryEvent } from '@aws-sdk/client-sfn';

export interface CalledFunction {
  /** Name of the function. */
  readonly name: string;
  /** Task that it was called for, as far as it was told. */
  readonly task: string | null;
  /** From the call to its end; `null` while it has not ended, or when the machine did not wait for the function itself. */
  readonly seconds: number | null;
}

export interface CountedHistory {
  /** States that were entered, and retries, which are billed as transitions too. */
  readonly transitions: number;
  /** In their order. */
  readonly functions: readonly CalledFunction[];
  /** Requests by the machine itself to services, by service and action: `dynamodb:updateItem`. */
  readonly requests: Readonly<Record<string, number>>;
}

/** Events that begin the work of a state; not straight behind its entry they are a retry. */
const BEGINNINGS: ReadonlySet<string> = new Set(['TaskScheduled', 'ParallelStateStarted', 'MapStateStarted']);
const ENDS: ReadonlySet<string> = new Set(['TaskSucceeded', 'TaskFailed', 'TaskTimedOut', 'TaskSubmitted']);
/** The machine goes on when somebody answers with a token, long after the function. */
const TOKEN = '.waitForTaskToken';

export function countHistory(events: readonly HistoryEvent[]): CountedHistory {
  const byId = new Map(events.map((event) => [event.id ?? 0, event]));
  const ends = endsOf(events, byId);
  const functions: CalledFunction[] = [];
  const requests: Record<string, number> = {};
  let transitions = 0;
  for (const event of events) {
    const { type = '', previousEventId = 0 } = event;
    if (type.endsWith('StateEntered')) transitions++;
    if (!BEGINNINGS.has(type)) continue;
    if (byId.get(previousEventId)?.type?.endsWith('StateEntered') !== true) transitions++;
    if (type !== 'TaskScheduled') continue;
    const { resourceType = '', resource = '', parameters } = event.taskScheduledEventDetails ?? {};
    if (resourceType === 'lambda')
      functions.push({ ...calledOf(parameters), seconds: secondsOf(event, ends, resource) });
    else {
      const name = `${resourceType}:${resource.split('.')[0]}`;
      requests[name] = (requests[name] ?? 0) + 1;
    }
  }
  return { transitions, functions, requests };
}

/** The end of what was scheduled, by the id of the event that scheduled it. */
function endsOf(
  events: readonly HistoryEvent[],
  byId: ReadonlyMap<number, HistoryEvent>,
): ReadonlyMap<number, HistoryEvent> {
  const ends = new Map<number, HistoryEvent>();
  for (const event of events) {
    if (!ENDS.has(event.type ?? '')) continue;
    let here: HistoryEvent | undefined = event;
    while (here !== undefined && here.type !== 'TaskScheduled') here = byId.get(here.previousEventId ?? 0);
    // That it was submitted comes before that somebody answered.
    if (here?.id !== undefined && !ends.has(here.id)) ends.set(here.id, event);
  }
  return ends;
}

function secondsOf(
  { id = 0, timestamp }: HistoryEvent,
  ends: ReadonlyMap<number, HistoryEvent>,
  resource: string,
): number | null {
  const end = ends.get(id);
  if (end?.timestamp === undefined || timestamp === undefined) return null;
  if (resource.endsWith(TOKEN) && end.type !== 'TaskSubmitted') return null;
  return (end.timestamp.getTime() - timestamp.getTime()) / 1000;
}

function calledOf(parameters: string | undefined): Pick<CalledFunction, 'name' | 'task'> {
  try {
    const { FunctionName = '', Payload } = JSON.parse(parameters ?? '{}') as {
      FunctionName?: string;
      Payload?: { task?: unknown };
    };
    const task = Payload?.task;
    return { name: nameOf(FunctionName), task: typeof task === 'string' ? task : null };
  } catch {
    return { name: '', task: null };
  }
}

/** `arn:aws:lambda:<region>:<account>:function:<name>:<alias>`, or a name. */
function nameOf(text: string): string {
  return (/:function:([^:]+)/.exec(text)?.[1] ?? text).replace(/:.*$/, '');
}
