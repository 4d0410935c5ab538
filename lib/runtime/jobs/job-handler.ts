import type { Context } from 'aws-lambda';
import type { TaskResult } from '../../model/envelope';
import type { JobEnd, JobEvent, JobPlan } from '../../model/job';
import { parseTaskEvent } from '../task-event';
import { beginTelemetry } from '../telemetry';
import { collectJob } from './collect-job';
import { prepareJob } from './prepare-job';
import { watchJob } from './watch-job';

/** What the states around a job call. */
export async function handleJob(job: JobEvent, lambda: Context): Promise<JobPlan | JobEnd | TaskResult> {
  beginTelemetry(parseTaskEvent('jobs', job.event), lambda);
  switch (job.action) {
    case 'prepare':
      return prepareJob(job);
    case 'watch':
      return watchJob(job);
    case 'collect':
      return collectJob(job);
  }
}
