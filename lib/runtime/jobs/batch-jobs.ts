import {
  DescribeJobsCommand,
  ListJobsCommand,
  TerminateJobCommand,
  type JobDetail,
} from '@aws-sdk/client-batch';
import { batchClient } from '../../aws/clients/batch';
import type { JobPlace } from '../../model/job';
import type { JobService, JobState } from './job-service';

export const batchJobs: JobService = {
  async describe(place, name) {
    const job = await find(place, name);
    if (job === undefined) return { status: 'gone' };
    const { container, startedAt, createdAt } = job;
    const ended = endOf(job);
    return {
      status: ended,
      ...(container?.logStreamName === undefined ? {} : { stream: container.logStreamName }),
      ...(ended === 'running'
        ? {}
        : { reason: [job.statusReason, container?.reason].filter(Boolean).join(': ') }),
      ...(container?.exitCode === undefined ? {} : { exitCode: container.exitCode }),
      startedAt: startedAt ?? createdAt ?? Date.now(),
    };
  },

  async stop(place, name, reason) {
    const job = await find(place, name);
    if (job?.jobId !== undefined && endOf(job) === 'running')
      await batchClient().send(new TerminateJobCommand({ jobId: job.jobId, reason }));
  },
};

function endOf({ status }: JobDetail): Exclude<JobState['status'], 'gone'> {
  return status === 'SUCCEEDED' ? 'succeeded' : status === 'FAILED' ? 'failed' : 'running';
}

/** Names are not unique for Batch; ours are, but for a job that was submitted twice: the newest counts. */
async function find({ where }: JobPlace, name: string): Promise<JobDetail | undefined> {
  const { jobSummaryList = [] } = await batchClient().send(
    new ListJobsCommand({ jobQueue: where, filters: [{ name: 'JOB_NAME', values: [name] }] }),
  );
  const newest = jobSummaryList.toSorted((a, b) => (b.createdAt ?? 0) - (a.createdAt ?? 0))[0];
  if (newest?.jobId === undefined) return undefined;
  const { jobs = [] } = await batchClient().send(new DescribeJobsCommand({ jobs: [newest.jobId] }));
  return jobs[0];
}
