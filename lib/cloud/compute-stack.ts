/** What the containers of all pipelines share: network, cluster, queues, and the function around jobs. Made when one needs it. */
import { CfnOutput, Fn, Stack, type StackProps, Validations } from 'aws-cdk-lib';
import { CfnCluster } from 'aws-cdk-lib/aws-ecs';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import type { JobSpec } from '../compiler/jobs';
import { publishStatement, accessStatements, RUNTIME_ACCESS, taskRecordStatement } from './access-statements';
import { BatchQueues } from './batch-queues';
import { ComputeNetwork } from './compute-network';
import { functionStatements, HandlerFunction, logStatement } from './handler-function';
import type { BundleOf } from './handler-stub';
import { imageStatements } from './job-statements';
import { LeastPrivilegeRole } from './least-privilege-role';
import { type Names, namesOf } from './names';
import type { Settings } from './settings';
import { refuseDeployment } from './undeployable';

/** Folder of the function that is called around each job. */
export const JOBS_HANDLER = 'lambdas/jobs';
/** Folder of what runs the handler of a task in a container. */
export const CONTAINER_ENTRY = 'lambdas/container-entry';

export interface ComputeStackProps extends StackProps {
  readonly settings: Settings;
  readonly bundleOf: BundleOf;
  /** Of all pipelines. */
  readonly jobs: readonly JobSpec[];
}

export class ComputeStack extends Stack {
  constructor(scope: Construct, id: string, { settings, bundleOf, jobs, ...props }: ComputeStackProps) {
    const names = namesOf(settings.stage.name);
    super(scope, id, {
      ...props,
      stackName: names.computeStack,
      description: `millrace ${settings.stage.name}: where containers run.`,
      tags: { 'millrace:stage': settings.stage.name },
    });
    const services = new Set(jobs.map(({ compute }) => compute.service));
    const network =
      services.has('fargate') || services.has('batch')
        ? new ComputeNetwork(this, 'Network', { names, settings })
        : undefined;
    if (network !== undefined) {
      new LeastPrivilegeRole(this, 'Execution', {
        roleName: names.jobExecutionRole,
        assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com'),
        description: `${names.prefix}: fetches images and writes logs for containers`,
        statements: [...imageStatements(), logStatement(names, [names.functionLogs('*', 'job-*')])],
      });
      new CfnOutput(this, 'Subnets', { value: Fn.join(',', [...network.subnets]) });
    }
    if (services.has('fargate')) {
      const cluster = new CfnCluster(this, 'Cluster', {
        clusterName: names.cluster,
        capacityProviders: ['FARGATE'],
      });
      Validations.of(cluster).acknowledge({
        id: 'AwsSolutions-ECS4',
        reason: 'Container Insights costs per task and metric; each task is recorded and logged by millrace.',
      });
    }
    if (services.has('batch') && network !== undefined)
      new BatchQueues(this, 'Batch', {
        names,
        network,
        gpu: jobs.some(({ compute }) => compute.service === 'batch' && compute.gpu > 0),
      });
    if (services.has('kubernetes') && settings.compute.kubernetesCluster === undefined)
      refuseDeployment(
        this,
        'KubernetesClusterIsNamed',
        'A pipeline runs on Kubernetes, but no cluster is named: -c kubernetes-cluster=<name of the EKS cluster>.',
      );
    this.jobsFunction(names, settings, bundleOf, network, services);
  }

  private jobsFunction(
    names: Names,
    settings: Settings,
    bundleOf: BundleOf,
    network: ComputeNetwork | undefined,
    services: ReadonlySet<string>,
  ): void {
    const logGroupName = names.functionLogs('core', 'jobs');
    const role = new LeastPrivilegeRole(this, 'JobsRole', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description: `${names.prefix}: what is done before and after a job`,
      statements: [
        taskRecordStatement(names),
        publishStatement(names),
        ...accessStatements(RUNTIME_ACCESS, names),
        ...functionStatements(names, [logGroupName]),
        ...(services.has('fargate') ? ecsStatements(names) : []),
        ...(services.has('batch') ? batchStatements() : []),
        ...(services.has('sagemaker')
          ? [
              {
                actions: ['sagemaker:DescribeTrainingJob', 'sagemaker:StopTrainingJob'],
                resources: [names.trainingJobsArn],
                reason: 'Jobs are named when they start; all names of ours begin alike.',
              },
            ]
          : []),
        ...(services.has('kubernetes')
          ? [
              {
                actions: ['eks:DescribeCluster'],
                resources: [names.kubernetesClusterArn(settings.compute.kubernetesCluster ?? 'none')],
              },
            ]
          : []),
      ],
    });
    new HandlerFunction(this, 'Jobs', {
      names,
      settings,
      functionName: names.jobsFunction,
      logGroupName,
      service: 'millrace',
      description: 'Prepares, watches and collects the jobs of tasks that run in containers.',
      bundle: bundleOf(JOBS_HANDLER),
      role,
      memoryMb: 512,
      ephemeralMb: 512,
      timeoutSeconds: 60,
      environment:
        network === undefined
          ? {}
          : {
              MILLRACE_SUBNETS: Fn.join(',', [...network.subnets]),
              MILLRACE_SECURITY_GROUPS: Fn.join(',', [...network.securityGroups]),
              MILLRACE_PUBLIC_IP: String(network.publicIp),
            },
    });
  }
}

function ecsStatements(names: Names) {
  return [
    {
      actions: ['ecs:ListTasks'],
      resources: ['*'],
      conditions: { ArnEquals: { 'ecs:cluster': Fn.sub(names.clusterArn) } },
      reason:
        'Listing tasks has no resource but the instances of a cluster; the condition names the cluster.',
    },
    {
      actions: ['ecs:DescribeTasks', 'ecs:StopTask'],
      resources: [names.clusterTasksArn],
      reason: 'ECS gives tasks their ids; they all belong to the cluster of the stage.',
    },
  ];
}

function batchStatements() {
  return [
    {
      actions: ['batch:ListJobs', 'batch:DescribeJobs'],
      resources: ['*'],
      reason: 'Listing and describing jobs have no resource to name; AWS documents * for both.',
    },
    {
      actions: ['batch:TerminateJob'],
      resources: ['arn:${AWS::Partition}:batch:${AWS::Region}:${AWS::AccountId}:job/*'],
      reason: 'Batch gives jobs their ids.',
    },
  ];
}
