import {
  DescribeTrainingJobCommand,
  StopTrainingJobCommand,
  type DescribeTrainingJobCommandOutput,
} from '@aws-sdk/client-sagemaker';
import { sagemakerClient } from '../../aws/clients/sagemaker';
import type { JobService } from './job-service';

export const sagemakerJobs: JobService = {
  async describe(_place, name) {
    const job = await find(name);
    if (job === undefined) return { status: 'gone' };
    const startedAt = job.TrainingStartTime ?? job.CreationTime;
    const exitCode = /exit code:? (\d+)/i.exec(job.FailureReason ?? '')?.[1];
    const status = job.TrainingJobStatus ?? 'InProgress';
    return {
      status: status === 'Completed' ? 'succeeded' : /^(Failed|Stopped)$/.test(status) ? 'failed' : 'running',
      stream: `${name}/`,
      ...(startedAt === undefined ? {} : { startedAt: startedAt.getTime() }),
      ...(job.FailureReason === undefined ? {} : { reason: job.FailureReason }),
      ...(exitCode === undefined ? {} : { exitCode: Number(exitCode) }),
    };
  },

  async stop(_place, name) {
    const job = await find(name);
    if (job?.TrainingJobStatus === 'InProgress')
      await sagemakerClient().send(new StopTrainingJobCommand({ TrainingJobName: name }));
  },
};

async function find(name: string): Promise<DescribeTrainingJobCommandOutput | undefined> {
  try {
    return await sagemakerClient().send(new DescribeTrainingJobCommand({ TrainingJobName: name }));
  } catch (error) {
    // SageMaker says so of a job that does not exist.
    if (error instanceof Error && error.name === 'ValidationException') return undefined;
    throw error;
  }
}
