import { createHash } from 'node:crypto';

const MAX_WORDS = 24;

/**
 * The name of the n-th job of a task in a run. Valid for every service: small letters, digits and hyphens, at most 63 of
 * them; begins with `millrace-`, which permissions rely on.
 */
export function jobNameOf(runId: string, task: string, number: number): string {
  const words = task
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, MAX_WORDS)
    .replace(/^-+|-+$/g, '');
  const hash = createHash('sha256').update(`${runId}\n${task}`).digest('hex').slice(0, 16);
  return `millrace-${words}-${hash}-${number}`;
}
