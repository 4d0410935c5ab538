/** What happens to runs, tasks and datasets, told on the bus of the stage. */
import { PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { eventBridgeClient } from '../aws/clients/event-bridge';
import { resourceNames } from '../aws/environment';

export const EVENT_SOURCE = 'millrace';

interface AboutRun {
  readonly pipeline: string;
  /** Id of the logical run. */
  readonly run: string;
  readonly execution: string;
  readonly logicalDate: string;
}

interface Fault {
  readonly name: string;
  readonly message: string;
}

/** A version came to an endpoint, or went from it. */
interface EndpointChanged {
  readonly endpoint: string;
  readonly model: string;
  /** Counts the changes of the endpoint: the same for a repetition. */
  readonly rev: number;
  readonly action: string;
  readonly from: string | null;
  readonly to: string | null;
  readonly at: string;
  readonly by: string;
  readonly reason: string;
}

/** By detail type. */
export interface MillraceEvents {
  readonly 'Run Ended': AboutRun & {
    readonly status: 'success' | 'failed' | 'aborted' | 'timed_out';
    readonly message: string;
    readonly startedAt: string;
    readonly endedAt: string;
    /** Tasks that failed themselves. */
    readonly failed: readonly { readonly task: string; readonly error?: Fault }[];
  };
  readonly 'Task Failed': AboutRun & {
    readonly task: string;
    /** 1 at the first attempt; 0 for a task that was never reached. */
    readonly attempt: number;
    /** How often the execution had been redriven. */
    readonly redrive: number;
    /** False when it may be tried again. */
    readonly final: boolean;
    readonly error?: Fault;
  };
  readonly 'Task Retried': AboutRun & {
    readonly task: string;
    /** The attempt that begins. */
    readonly attempt: number;
    /** Of the attempt before. */
    readonly error?: Fault;
  };
  readonly 'Task Succeeded': AboutRun & { readonly task: string };
  /** A run waits for the decision of a person. */
  readonly 'Decision Asked': AboutRun & {
    readonly task: string;
    readonly prompt: string;
    readonly expiresAt: string;
  };
  readonly 'Log Matched': AboutRun & {
    readonly task: string;
    /** Which of the pipeline's log triggers, from 0. */
    readonly trigger: number;
    readonly text: string;
    readonly line: string;
  };
  readonly 'Dataset Updated': AboutRun & {
    readonly dataset: string;
    /** Which part of the dataset. */
    readonly partitionKey?: string;
    readonly task: string;
    /** ISO instant: the end of the task. */
    readonly updatedAt: string;
  };
  readonly 'Endpoint Changed': EndpointChanged;
  readonly 'Deadline Missed': Omit<AboutRun, 'execution'> & {
    /** ISO instant. */
    readonly deadline: string;
    /** The task that is late. @default the run */
    readonly task?: string;
    /** Of the run, or of the task, which waits until it begins. */
    readonly state: 'queued' | 'waiting' | 'running' | 'ended';
  };
}

export type EventType = keyof MillraceEvents;
export type MillraceEvent = {
  [Type in EventType]: { readonly type: Type; readonly detail: MillraceEvents[Type] };
}[EventType];

/** What people can be told of. */
export type AlertEvent = Exclude<MillraceEvent, { type: 'Dataset Updated' | 'Endpoint Changed' }>;

/** The most that one request may have. */
const MAX_ENTRIES = 10;

/** @throws Error when the bus does not take an event */
export async function publish(events: readonly MillraceEvent[]): Promise<void> {
  for (let start = 0; start < events.length; start += MAX_ENTRIES) {
    const { FailedEntryCount = 0, Entries = [] } = await eventBridgeClient().send(
      new PutEventsCommand({
        Entries: events.slice(start, start + MAX_ENTRIES).map(({ type, detail }) => ({
          EventBusName: resourceNames().bus,
          Source: EVENT_SOURCE,
          DetailType: type,
          Detail: JSON.stringify(detail),
        })),
      }),
    );
    const refused = Entries.find((entry) => entry.ErrorCode !== undefined);
    if (FailedEntryCount > 0)
      throw new Error(
        `The bus ${resourceNames().bus} took ${FailedEntryCount} events less than it was given: ${refused?.ErrorCode ?? ''} ${refused?.ErrorMessage ?? ''}`,
      );
  }
}
