import type { ComputeService } from '../../model/compute';
import type { JobPlace } from '../../model/job';
import { batchJobs } from './batch-jobs';
import { ecsJobs } from './ecs-jobs';
import type { JobService } from './job-service';
import { kubernetesJobs } from './kubernetes-jobs';
import { sagemakerJobs } from './sagemaker-jobs';

const SERVICES: Readonly<Record<ComputeService, JobService>> = {
  fargate: ecsJobs,
  batch: batchJobs,
  sagemaker: sagemakerJobs,
  kubernetes: kubernetesJobs,
};

export function jobServiceOf({ service }: JobPlace): JobService {
  return SERVICES[service];
}
