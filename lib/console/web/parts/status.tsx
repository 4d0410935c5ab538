/** States of runs and tasks: a colour, a sign and a word, so that none is needed alone. */
import { words } from '../format';

const SIGNS: Readonly<Record<string, string>> = {
  success: '✓',
  failed: '✕',
  upstream_failed: '⊘',
  skipped: '–',
  running: '●',
  waiting: '○',
  queued: '◔',
  aborted: '■',
  timed_out: '◷',
  FINISHED: '✓',
  FAILED: '✕',
  KILLED: '■',
  RUNNING: '●',
  SCHEDULED: '◔',
  pending: '◔',
  decided: '✓',
  expired: '◷',
};

const CLASSES: Readonly<Record<string, string>> = {
  FINISHED: 'success',
  FAILED: 'failed',
  KILLED: 'aborted',
  RUNNING: 'running',
  SCHEDULED: 'queued',
  pending: 'queued',
  decided: 'success',
  expired: 'timed_out',
};

export function statusClass(status: string): string {
  return `s-${CLASSES[status] ?? (status in SIGNS ? status : 'waiting')}`;
}

export function sign(status: string): string {
  return SIGNS[status] ?? '○';
}

export function Status({ of, note }: { readonly of: string; readonly note?: string }) {
  return (
    <span class={`status ${statusClass(of)}`}>
      <span class="sign" aria-hidden="true">
        {sign(of)}
      </span>
      {words(of.toLowerCase())}
      {note !== undefined && <span class="note"> {note}</span>}
    </span>
  );
}
