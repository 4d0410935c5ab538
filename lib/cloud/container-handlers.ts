import type { JobSpec } from '../compiler/jobs';
import { CONTAINER_ENTRY, JOBS_HANDLER } from './compute-stack';

/** Folders of what has to be bundled so that containers run: nothing when there are none. */
export function containerHandlersOf(jobs: readonly JobSpec[]): string[] {
  if (jobs.length === 0) return [];
  const own = jobs.flatMap(({ runs }) =>
    runs.kind === 'handler' && runs.python === undefined ? [runs.handler] : [],
  );
  return [JOBS_HANDLER, CONTAINER_ENTRY, ...own];
}
