/** What people are told: in words, with the place where to look further. */
import { createHash } from 'node:crypto';
import type { AlertEvent } from '../events';
import { runPage } from './console-page';
import { deadlineOccasion } from './deadline';

export type NotificationKind =
  | 'run-succeeded'
  | 'run-failed'
  | 'task-succeeded'
  | 'task-failed'
  | 'task-retried'
  | 'log-matched'
  | 'decision-asked'
  | 'deadline-missed';

export interface Notification {
  readonly kind: NotificationKind;
  readonly pipeline: string;
  readonly run: string;
  readonly task?: string;
  /** Attempts that the task had. */
  readonly attempt?: number;
  readonly logicalDate: string;
  readonly stage: string;
  /** One line. */
  readonly subject: string;
  readonly text: string;
  readonly error?: { readonly name: string; readonly message: string };
  /** A command that shows more. */
  readonly command: string;
  /** The run in the console, where it can be decided and rerun too; without one the execution in the console of Step Functions. */
  readonly link?: string;
}

/** What of a run is told once only: the same event told twice, or by two who noticed it, has the same. */
export function occasionOf({ type, detail }: AlertEvent): string {
  const execution = 'execution' in detail ? hash(detail.execution) : '';
  switch (type) {
    case 'Run Ended':
      // A redrive is the same execution, and ends again.
      return `run#${execution}#${detail.endedAt}`;
    case 'Deadline Missed':
      return deadlineOccasion(detail.task);
    case 'Task Retried':
      return `retried#${detail.task}#${execution}#${detail.attempt}`;
    case 'Task Failed':
      return `failed#${detail.task}#${execution}#${detail.redrive}`;
    case 'Log Matched':
      return `log#${detail.task}#${execution}#${hash(detail.text)}`;
    case 'Task Succeeded':
      return `succeeded#${detail.task}`;
    case 'Decision Asked':
      // A rerun that asks again is another execution.
      return `asked#${detail.task}#${execution}`;
  }
}

export function notificationOf(event: AlertEvent, stage: string): Notification {
  const { pipeline, run, logicalDate } = event.detail;
  const { kind, subject, lines, task, error, ...words } = wordsOf(event);
  const command =
    words.command ?? (task === undefined ? `millrace show ${run}` : `millrace logs ${run} ${task}`);
  const page = runPage(run, task);
  const execution = 'execution' in event.detail ? executionLink(event.detail.execution) : undefined;
  const link = page ?? execution;
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['Pipeline', `${pipeline} (${stage})`],
    ['Run', run],
    ['Task', task],
    ['Logical date', logicalDate],
    ['Error', error === undefined ? undefined : `${error.name}: ${error.message.slice(0, MAX_ERROR)}`],
    ['More', command],
    [kind === 'decision-asked' ? 'Decide' : 'Console', page],
    ['Execution', execution],
  ];
  return {
    kind,
    pipeline,
    run,
    ...(task === undefined ? {} : { task }),
    ...('attempt' in event.detail ? { attempt: event.detail.attempt } : {}),
    logicalDate,
    stage,
    subject: `[${stage}] ${subject}`,
    text: [
      ...lines,
      '',
      ...facts.flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${value}`])),
    ].join('\n'),
    ...(error === undefined ? {} : { error }),
    command,
    ...(link === undefined ? {} : { link }),
  };
}

const MAX_ERROR = 1000;

interface Words {
  readonly kind: NotificationKind;
  readonly subject: string;
  readonly lines: readonly string[];
  readonly task?: string;
  readonly error?: { readonly name: string; readonly message: string };
  /** @default the log of the task, else the run */
  readonly command?: string;
}

function wordsOf({ type, detail }: AlertEvent): Words {
  switch (type) {
    case 'Run Ended': {
      const succeeded = detail.status === 'success';
      const error = detail.failed.find((task) => task.error !== undefined)?.error;
      return {
        kind: succeeded ? 'run-succeeded' : 'run-failed',
        subject: `${detail.pipeline} ${ENDS[detail.status]}`,
        lines: [
          detail.message,
          ...detail.failed.map(
            (task) => `- ${task.task}${task.error === undefined ? '' : ` (${task.error.name})`}`,
          ),
        ],
        ...(error === undefined ? {} : { error }),
      };
    }
    case 'Task Failed':
      return {
        kind: 'task-failed',
        subject: `${detail.pipeline}: ${detail.task} failed`,
        lines: [
          `The task ${detail.task} failed${detail.attempt > 1 ? ` after ${detail.attempt} attempts` : ''}.`,
        ],
        task: detail.task,
        ...(detail.error === undefined ? {} : { error: detail.error }),
      };
    case 'Task Retried':
      return {
        kind: 'task-retried',
        subject: `${detail.pipeline}: ${detail.task} is tried again`,
        lines: [`Attempt ${detail.attempt} of the task ${detail.task} has begun.`],
        task: detail.task,
        ...(detail.error === undefined ? {} : { error: detail.error }),
      };
    case 'Task Succeeded':
      return {
        kind: 'task-succeeded',
        subject: `${detail.pipeline}: ${detail.task} succeeded`,
        lines: [`The task ${detail.task} succeeded.`],
        task: detail.task,
      };
    case 'Decision Asked':
      return {
        kind: 'decision-asked',
        subject: `${detail.pipeline} waits for a decision: ${detail.task}`,
        lines: [
          detail.prompt,
          '',
          `Approve: millrace approve ${detail.run} ${detail.task}`,
          `Refuse: millrace reject ${detail.run} ${detail.task}`,
          `Until: ${detail.expiresAt}`,
        ],
        task: detail.task,
        command: `millrace approvals ${detail.run}`,
      };
    case 'Log Matched':
      return {
        kind: 'log-matched',
        subject: `${detail.pipeline}: ${detail.task} logged '${detail.text}'`,
        lines: [detail.line],
        task: detail.task,
      };
    case 'Deadline Missed':
      return {
        kind: 'deadline-missed',
        subject:
          detail.task === undefined
            ? `${detail.pipeline} is late`
            : `${detail.pipeline}: ${detail.task} is late`,
        lines: [
          `${detail.task === undefined ? 'The run' : `The task ${detail.task}`} should have ended by ${detail.deadline}. ${STATES[detail.state]}`,
        ],
        ...(detail.task === undefined ? {} : { task: detail.task }),
      };
  }
}

const ENDS = {
  success: 'succeeded',
  failed: 'failed',
  aborted: 'was stopped',
  timed_out: 'timed out',
} as const;

const STATES = {
  queued:
    'It has not started: it waits for a slot, for the run before it, or because the pipeline is paused.',
  waiting: 'It has not begun.',
  running: 'It is still going on.',
  ended: 'It has ended meanwhile.',
} as const;

/** Of executions in an account; those on this machine have no console. */
function executionLink(execution: string): string | undefined {
  const [, , , region = '', account] = execution.split(':');
  return account === '000000000000' || region === ''
    ? undefined
    : `https://${region}.console.aws.amazon.com/states/home?region=${region}#/v2/executions/details/${execution}`;
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}
