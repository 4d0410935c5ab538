/** A job that Step Functions does not wait for, or no longer: its end is asked for until there is one. */
import { NotReady } from '../../model/errors';
import type { JobEnd, JobEvent } from '../../model/job';
import { readTaskRecord } from '../../orchestration/task-record';
import { logger } from '../telemetry';
import { jobServiceOf } from './job-services';

/** How Step Functions names the end of a task's time. */
const TIMEOUT = 'States.Timeout';

/** @throws NotReady while the job runs */
export async function watchJob(job: Extract<JobEvent, { action: 'watch' }>): Promise<JobEnd> {
  const { event, place, plan, end, timeoutSeconds } = job;
  const service = await jobServiceOf(place);
  const state = await service.describe(place, plan.name);
  const error = end.error ?? null;
  if (state.status === 'running') {
    const startedAt = state.startedAt ?? Date.parse(await recordedStart(job));
    const late = error === TIMEOUT || Date.now() - startedAt > timeoutSeconds * 1000;
    if (late) {
      const reason = `Task '${event.task}' timed out after ${timeoutSeconds} s.`;
      logger.warn(reason, { job: plan.name });
      await service.stop(place, plan.name, reason);
      return { status: 'failed', reason, error: TIMEOUT };
    }
    throw new NotReady(`The job ${plan.name} still runs.`);
  }
  return {
    status: state.status === 'gone' ? 'unknown' : state.status,
    reason: state.reason ?? null,
    exitCode: state.exitCode ?? null,
    error,
  };
}

async function recordedStart({ event }: JobEvent): Promise<string> {
  return (await readTaskRecord(event.run.id, event.task))?.startedAt ?? event.run.startedAt;
}
