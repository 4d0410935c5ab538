import type { ComputeService } from '../../model/compute';
import type { JobPlace } from '../../model/job';
import type { JobService } from './job-service';

/** Each with its client, of which the function loads only what it is asked for. */
const SERVICES: Readonly<Record<ComputeService, () => Promise<JobService>>> = {
  fargate: async () => (await import('./ecs-jobs')).ecsJobs,
  batch: async () => (await import('./batch-jobs')).batchJobs,
  sagemaker: async () => (await import('./sagemaker-jobs')).sagemakerJobs,
  kubernetes: async () => (await import('./kubernetes-jobs')).kubernetesJobs,
};

export function jobServiceOf({ service }: Pick<JobPlace, 'service'>): Promise<JobService> {
  return SERVICES[service]();
}
