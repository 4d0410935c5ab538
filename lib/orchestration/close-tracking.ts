import { listChildren, endRun, getRun } from '../tracking/runs';
import { parentRunIdOf } from '../tracking/tracked-run-ids';
import { TrackingRefused } from '../tracking/tracking-refused';
import type { RunStatus } from './run-record';

/**
 * Ends the tracked run that stands for a logical run, and those of its tasks that were killed before they could.
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
    const open = (await listChildren(parent, endTime)).filter((child) => child.status === 'RUNNING');
    await Promise.all(
      open.map((child) => endRun(child.runId, status === 'aborted' ? 'KILLED' : 'FAILED', endTime)),
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
