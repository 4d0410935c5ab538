/** What ECS and Batch are told of a container beforehand; what differs from run to run comes with the job. */
import { Aws, Fn, RemovalPolicy } from 'aws-cdk-lib';
import { CfnJobDefinition } from 'aws-cdk-lib/aws-batch';
import { CfnTaskDefinition } from 'aws-cdk-lib/aws-ecs';
import type { IRole } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import type { JobSpec } from '../compiler/jobs';
import { fargateSize } from '../model/compute';
import type { Names } from './names';
import type { Settings } from './settings';

export interface JobDefinitionProps {
  readonly names: Names;
  readonly settings: Settings;
  readonly pipeline: string;
  readonly job: JobSpec;
  readonly role: IRole;
  /** Empty: the image's own. */
  readonly run: {
    readonly image: string;
    readonly entryPoint: readonly string[];
    readonly command: readonly string[];
  };
}

/** As in `lib/compiler/job-arguments.ts`. */
const CONTAINER = 'main';

export function fargateDefinition(scope: Construct, props: JobDefinitionProps): CfnTaskDefinition {
  const { names, pipeline, job, role, run } = props;
  const { cpu, memoryMb, labels } = job.compute;
  const size = fargateSize(cpu, memoryMb) ?? { cpu, memoryMb };
  const definition = new CfnTaskDefinition(scope, job.substitution, {
    family: names.job(pipeline, job.key),
    requiresCompatibilities: ['FARGATE'],
    networkMode: 'awsvpc',
    cpu: String(size.cpu * 1024),
    memory: String(size.memoryMb),
    ...diskOf(job),
    runtimePlatform: platformOf(props),
    executionRoleArn: Fn.sub(names.jobExecutionRoleArn),
    taskRoleArn: role.roleArn,
    tags: Object.entries(labels).map(([key, value]) => ({ key, value })),
    containerDefinitions: [
      {
        name: CONTAINER,
        essential: true,
        image: run.image,
        ...(run.entryPoint.length === 0 ? {} : { entryPoint: [...run.entryPoint] }),
        ...(run.command.length === 0 ? {} : { command: [...run.command] }),
        logConfiguration: logsOf(props, { 'awslogs-stream-prefix': 'job' }),
      },
    ],
  });
  // Runs that began with it, and versions of the machine that were deployed before, take this one.
  definition.applyRemovalPolicy(RemovalPolicy.RETAIN);
  return definition;
}

/** Batch knows no entry point but the image's: for a handler, whose image has none of its own, it is part of the command. */
export function batchDefinition(scope: Construct, props: JobDefinitionProps): CfnJobDefinition {
  const { names, settings, pipeline, job, role, run } = props;
  const { cpu, memoryMb, gpu, labels } = job.compute;
  const onFargate = gpu === 0;
  const size = (onFargate ? fargateSize(cpu, memoryMb) : undefined) ?? { cpu, memoryMb };
  const publicIp = settings.compute.network?.publicIp ?? true;
  return new CfnJobDefinition(scope, job.substitution, {
    jobDefinitionName: names.job(pipeline, job.key),
    type: 'container',
    platformCapabilities: [onFargate ? 'FARGATE' : 'EC2'],
    propagateTags: true,
    ...(Object.keys(labels).length === 0 ? {} : { tags: { ...labels } }),
    retryStrategy: { attempts: 1 },
    // Runs that began with it, and versions of the machine that were deployed before, take this one.
    resourceRetentionPolicy: { skipDeregisterOnUpdate: true },
    containerProperties: {
      image: run.image,
      ...(run.command.length === 0 ? {} : { command: [...run.entryPoint, ...run.command] }),
      executionRoleArn: Fn.sub(names.jobExecutionRoleArn),
      jobRoleArn: role.roleArn,
      resourceRequirements: [
        { type: 'VCPU', value: String(size.cpu) },
        { type: 'MEMORY', value: String(size.memoryMb) },
        ...(gpu === 0 ? [] : [{ type: 'GPU', value: String(gpu) }]),
      ],
      ...(onFargate
        ? {
            networkConfiguration: { assignPublicIp: publicIp ? 'ENABLED' : 'DISABLED' },
            fargatePlatformConfiguration: { platformVersion: 'LATEST' },
            runtimePlatform: platformOf(props),
            ...diskOf(job),
          }
        : {}),
      logConfiguration: logsOf(props),
    },
  });
}

/** Fargate gives 20 GiB by itself, and takes no smaller number than 21. */
function diskOf({ compute }: JobSpec): { readonly ephemeralStorage?: { readonly sizeInGiB: number } } {
  return compute.diskGb > 20 ? { ephemeralStorage: { sizeInGiB: compute.diskGb } } : {};
}

function platformOf({ settings, job }: JobDefinitionProps) {
  const architecture = job.compute.architecture ?? settings.architecture;
  return {
    operatingSystemFamily: 'LINUX',
    cpuArchitecture: architecture === 'arm64' ? 'ARM64' : 'X86_64',
  };
}

function logsOf(
  { names, pipeline, job }: JobDefinitionProps,
  further: Readonly<Record<string, string>> = {},
) {
  return {
    logDriver: 'awslogs',
    options: {
      'awslogs-group': names.functionLogs(pipeline, job.key),
      'awslogs-region': Aws.REGION,
      ...further,
    },
  };
}
