/** What the machine of a pipeline, and services on its behalf, may do so that containers run. */
import type { JobSpec } from '../compiler/jobs';
import type { Statement } from './statement';
import type { Names } from './names';

/** Fetching images of the account's own registry; public ones need none of it. */
export function imageStatements(): Statement[] {
  return [
    {
      actions: ['ecr:GetAuthorizationToken'],
      resources: ['*'],
      reason: 'The token of the registry has no resource to name; AWS documents *.',
    },
    {
      actions: ['ecr:BatchCheckLayerAvailability', 'ecr:GetDownloadUrlForLayer', 'ecr:BatchGetImage'],
      resources: ['arn:${AWS::Partition}:ecr:${AWS::Region}:${AWS::AccountId}:repository/*'],
      reason: 'Tasks name images of any repository of the account.',
    },
  ];
}

/** Step Functions hears of the end of a job by a rule of its own. */
function ruleStatement(names: Names, rule: string): Statement {
  return {
    actions: ['events:PutTargets', 'events:PutRule', 'events:DescribeRule'],
    resources: [names.ruleArn(rule)],
  };
}

/** What the role of the machine has to allow for its jobs. Kubernetes knows the role by itself and asks IAM nothing. */
export function jobStatements(names: Names, pipeline: string, jobs: readonly JobSpec[]): Statement[] {
  if (jobs.length === 0) return [];
  const of = (service: string): readonly JobSpec[] =>
    jobs.filter(({ compute }) => compute.service === service);
  const fargate = of('fargate');
  const batch = of('batch');
  const training = of('sagemaker');
  return [
    { actions: ['lambda:InvokeFunction'], resources: [names.jobsFunctionArn] },
    ...(fargate.length === 0
      ? []
      : [
          {
            actions: ['ecs:RunTask'],
            resources: fargate.map(({ key }) => `${names.taskDefinitionArn(pipeline, key)}:*`),
            reason: 'Revisions of the task definitions of this pipeline are numbered when they are deployed.',
          },
          {
            actions: ['ecs:StopTask', 'ecs:DescribeTasks', 'ecs:TagResource'],
            resources: [names.clusterTasksArn],
            reason: 'ECS gives tasks their ids; they all belong to the cluster of the stage.',
          },
          ruleStatement(names, 'StepFunctionsGetEventsForECSTaskRule'),
        ]),
    ...(batch.length === 0
      ? []
      : [
          {
            actions: ['batch:SubmitJob', 'batch:TagResource'],
            resources: [
              ...new Set([
                ...batch.map(({ key }) => `${names.jobDefinitionArn(pipeline, key)}:*`),
                ...batch.map(({ compute }) =>
                  names.jobQueueArn(compute.gpu > 0 ? names.jobGpuQueue : names.jobQueue),
                ),
                'arn:${AWS::Partition}:batch:${AWS::Region}:${AWS::AccountId}:job/*',
              ]),
            ],
            reason:
              'Revisions of the job definitions of this pipeline are numbered when they are deployed, jobs get their ids when they are tagged.',
          },
          {
            actions: ['batch:DescribeJobs', 'batch:TerminateJob'],
            resources: ['*'],
            reason: 'Step Functions describes and stops jobs by ids that Batch gives; AWS documents *.',
          },
          ruleStatement(names, 'StepFunctionsGetEventsForBatchJobsRule'),
        ]),
    ...(training.length === 0
      ? []
      : [
          {
            actions: [
              'sagemaker:CreateTrainingJob',
              'sagemaker:DescribeTrainingJob',
              'sagemaker:StopTrainingJob',
              'sagemaker:AddTags',
              'sagemaker:ListTags',
            ],
            resources: [names.trainingJobsArn],
            reason: 'Jobs are named when they start; all names of ours begin alike.',
          },
          ruleStatement(names, 'StepFunctionsGetEventsForSageMakerTrainingJobsRule'),
        ]),
  ];
}
