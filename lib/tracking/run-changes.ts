/** What is changed of a run besides what is logged to it: status, name, its being there, tags taken back. */
import { changeAnyRun, changeRun } from './change-run';
import type { RunDocument, RunStatus } from './run-document';
import { withTags } from './tags';
import { TrackingRefused } from './tracking-refused';

export interface RunChange {
  readonly status?: RunStatus | undefined;
  /** Milliseconds since 1970. */
  readonly endTime?: number | undefined;
  readonly runName?: string | undefined;
}

/** What is absent stays. @throws TrackingRefused when there is no such active run */
export async function updateRun(runId: string, change: RunChange): Promise<RunDocument> {
  const { status, endTime, runName } = change;
  return changeRun(runId, (run) => {
    const named =
      runName === undefined || runName === '' ? run : withTags(run, { 'mlflow.runName': runName });
    return {
      ...named,
      ...(status === undefined ? {} : { status }),
      ...(endTime === undefined ? {} : { endTime }),
    };
  });
}

/** Deleting a deleted run changes nothing. @throws TrackingRefused when there is no such run */
export async function deleteRun(runId: string): Promise<void> {
  await changeAnyRun(runId, (run) =>
    run.lifecycleStage === 'deleted' ? run : { ...run, lifecycleStage: 'deleted', deletedAt: Date.now() },
  );
}

/** Restoring an active run changes nothing. @throws TrackingRefused when there is no such run */
export async function restoreRun(runId: string): Promise<void> {
  await changeAnyRun(runId, (run) => {
    if (run.lifecycleStage === 'active') return run;
    const { deletedAt: _deletedAt, ...restored } = run;
    return { ...restored, lifecycleStage: 'active' };
  });
}

/** @throws TrackingRefused RESOURCE_DOES_NOT_EXIST for an unknown run or tag */
export async function deleteTag(runId: string, key: string): Promise<void> {
  await changeRun(runId, (run) => {
    if (run.t[key] === undefined) {
      throw new TrackingRefused(
        'RESOURCE_DOES_NOT_EXIST',
        `No tag with name: ${key} in run with id ${runId}`,
      );
    }
    const { [key]: _gone, ...t } = run.t;
    return { ...run, t };
  });
}
