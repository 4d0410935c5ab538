import { endRun, getRun, listDescendants, type TrackedRun } from '../tracking/runs';
import { parentRunIdOf } from '../tracking/tracked-run-ids';
import { TrackingRefused } from '../tracking/tracking-refused';
import type { RunStatus } from './run-record';

/**
 * Ends the tracked run that stands for a logical run, those of its maps, and those of its tasks that were killed before they
 * could.
 * A run without tracking, or whose tracked run was deleted meanwhile, is left alone.
 */
export async function closeTracking(
  runId: string,
  status: Exclude<RunStatus, 'running'>,
  endedAt: string,
): Promise<void> {
  const endTime = Date.parse(endedAt);
  try {
    const parent = await getRun(parentRunIdOf(runId));
    const below = await listDescendants(parent, endTime);
    const open = below.filter((run) => run.status === 'RUNNING');
    await Promise.all(
      open.map((run) => endRun(run.runId, status === 'aborted' ? 'KILLED' : endOf(run, below), endTime)),
    );
    await endRun(
      parent.runId,
      status === 'success' ? 'FINISHED' : status === 'aborted' ? 'KILLED' : 'FAILED',
      endTime,
    );
  } catch (error) {
    if (!(error instanceof TrackingRefused)) throw error;
  }
}

/** A map has ended well when no run of its items failed; what else was left open did not. */
function endOf(run: TrackedRun, all: readonly TrackedRun[]): 'FINISHED' | 'FAILED' {
  if (run.tags['millrace.map'] === undefined) return 'FAILED';
  const items = all.filter(({ tags }) => tags['mlflow.parentRunId'] === run.runId);
  return items.every(({ status }) => status === 'FINISHED') ? 'FINISHED' : 'FAILED';
}
