/** The tasks of a run with their state, attempt and duration, indented by group; as lines. */
import type { Colors } from 'picocolors/types';
import { formatDuration } from './duration';

export type TaskState = 'waiting' | 'running' | 'success' | 'failed' | 'skipped' | 'upstream_failed';

export interface TaskView {
  readonly id: string;
  readonly group?: string | undefined;
  readonly state: TaskState;
  /** 1 at the first attempt; 0 before it. */
  readonly attempt: number;
  readonly startedAt?: string | undefined;
  readonly endedAt?: string | undefined;
  /** The run whose result it took. */
  readonly cachedFrom?: string | undefined;
  readonly error?: { readonly name: string; readonly message: string } | undefined;
}

const GLYPH: Readonly<Record<TaskState, string>> = {
  waiting: '·',
  running: '◐',
  success: '✓',
  failed: '✗',
  skipped: '–',
  upstream_failed: '↷',
};

export function renderTaskTree(tasks: readonly TaskView[], now: number, color: Colors): string[] {
  const lines: string[] = [];
  let group: string | undefined;
  const width = Math.max(...tasks.map((task) => labelOf(task).length));
  for (const task of tasks) {
    if (task.group !== group) {
      group = task.group;
      if (group !== undefined) lines.push(`  ${color.bold(group)}`);
    }
    lines.push(taskLine(task, width, now, color));
  }
  return lines;
}

export function taskLine(task: TaskView, width: number, now: number, color: Colors): string {
  const paint = painter(task.state, color);
  const duration = durationOf(task, now);
  const attempt = task.attempt > 1 ? ` attempt ${task.attempt}` : '';
  const cached = task.cachedFrom === undefined ? '' : ' from cache';
  const took = duration === undefined ? '' : formatDuration(duration);
  return `  ${paint(GLYPH[task.state])} ${labelOf(task).padEnd(width)}  ${paint(task.state.padEnd(15))} ${took.padStart(8)}${attempt}${cached}`.trimEnd();
}

export function durationOf(task: TaskView, now: number): number | undefined {
  if (task.startedAt === undefined) return undefined;
  return (task.endedAt === undefined ? now : Date.parse(task.endedAt)) - Date.parse(task.startedAt);
}

function labelOf(task: TaskView): string {
  return task.group === undefined ? task.id : `  ${task.id.slice(task.group.length + 1)}`;
}

function painter(state: TaskState, color: Colors): (text: string) => string {
  switch (state) {
    case 'success':
      return color.green;
    case 'failed':
    case 'upstream_failed':
      return color.red;
    case 'running':
      return color.cyan;
    case 'waiting':
    case 'skipped':
      return color.dim;
  }
}
