/** Queues of AWS Batch: one on Fargate, and when a task asks for GPUs one on machines that come and go with its jobs. */
import { Validations } from 'aws-cdk-lib';
import { CfnComputeEnvironment, CfnJobQueue } from 'aws-cdk-lib/aws-batch';
import { CfnInstanceProfile, ManagedPolicy, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { ComputeNetwork } from './compute-network';
import type { Names } from './names';

export interface BatchQueuesProps {
  readonly names: Names;
  readonly network: ComputeNetwork;
  readonly gpu: boolean;
}

const MAX_VCPUS = 256;
/** NVIDIA T4, A10G and L4. */
const GPU_FAMILIES = ['g4dn', 'g5', 'g6'];

export class BatchQueues extends Construct {
  constructor(scope: Construct, id: string, { names, network, gpu }: BatchQueuesProps) {
    super(scope, id);
    const placed = { subnets: [...network.subnets], securityGroupIds: [...network.securityGroups] };
    const fargate = new CfnComputeEnvironment(this, 'Fargate', {
      computeEnvironmentName: names.jobQueue,
      type: 'MANAGED',
      computeResources: { type: 'FARGATE', maxvCpus: MAX_VCPUS, ...placed },
    });
    this.queue('Queue', names.jobQueue, fargate);
    if (!gpu) return;
    const role = new Role(this, 'InstanceRole', {
      assumedBy: new ServicePrincipal('ec2.amazonaws.com'),
      description: `${names.prefix}: machines with GPUs`,
      managedPolicies: [
        ManagedPolicy.fromAwsManagedPolicyName('service-role/AmazonEC2ContainerServiceforEC2Role'),
      ],
    });
    Validations.of(role).acknowledge({
      id: 'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonEC2ContainerServiceforEC2Role]',
      reason:
        'What the agent of ECS on a machine needs changes with the agent; AWS keeps this policy for it.',
    });
    const profile = new CfnInstanceProfile(this, 'InstanceProfile', { roles: [role.roleName] });
    const machines = new CfnComputeEnvironment(this, 'Gpu', {
      computeEnvironmentName: names.jobGpuQueue,
      type: 'MANAGED',
      computeResources: {
        type: 'EC2',
        allocationStrategy: 'BEST_FIT_PROGRESSIVE',
        minvCpus: 0,
        maxvCpus: MAX_VCPUS,
        instanceTypes: GPU_FAMILIES,
        instanceRole: profile.attrArn,
        ...placed,
      },
    });
    this.queue('GpuQueue', names.jobGpuQueue, machines);
  }

  private queue(id: string, name: string, environment: CfnComputeEnvironment): void {
    new CfnJobQueue(this, id, {
      jobQueueName: name,
      priority: 1,
      computeEnvironmentOrder: [{ order: 1, computeEnvironment: environment.ref }],
    });
  }
}
