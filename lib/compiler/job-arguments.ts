/**
 * What each service is asked to run, member by member as its API has it:
 * ECS RunTask, Batch SubmitJob, SageMaker CreateTrainingJob, and a `batch/v1` Job of Kubernetes. Values that differ from
 * run to run reach a container in its environment or as arguments of their own, never as part of a command's text.
 */
import type { ComputeService } from '../model/compute';
import type { Json, JsonObject } from '../model/json';
import type { Value } from '../model/value';
import { taskName } from './emit-task';
import { jobSubstitutionOf, type JobTask } from './jobs';
import { expressionOf, valueToJson, wrap, type Lookup } from './jsonata';
import type { Scope } from './scope';

export interface JobRequest {
  readonly task: JobTask;
  readonly scope: Scope;
  readonly lookup: Lookup;
  /** Variable of the plan that `prepare` made. */
  readonly plan: string;
  readonly pipeline: string;
}

interface Integration {
  readonly resource: string;
  /**
   * Errors by which a service says that it is asked too often: nothing was started. Throttling is not among the errors that the
   * APIs of ECS, Batch and SageMaker describe, so Step Functions has it under the name of all of those. Faults of a server
   * have names of their own (`ECS.ServerException`): after these a job may run.
   */
  readonly busy: readonly string[];
  readonly arguments: (request: JobRequest) => JsonObject;
}

/** Name of the only container of a task or a pod. */
const CONTAINER = 'main';
/** Batch and Kubernetes stop a job themselves some time after Step Functions should have. */
const GRACE_SECONDS = 60;
/** Least that Batch takes as a timeout. */
const BATCH_LEAST_SECONDS = 60;
/** How long Kubernetes keeps a job that has ended; then it removes it with its pods. */
const KEPT_SECONDS = 3600;

export const JOB_INTEGRATIONS: Readonly<Record<ComputeService, Integration>> = {
  fargate: {
    resource: 'arn:aws:states:::ecs:runTask.sync',
    busy: ['ECS.ThrottlingException', 'ECS.AmazonECSException'],
    arguments: (request) => ({
      Cluster: '${JobCluster}',
      TaskDefinition: `\${${jobSubstitutionOf(request.task.id)}Definition}`,
      LaunchType: 'FARGATE',
      // What a retry finds the task by.
      Group: wrap(`$${request.plan}.name`),
      PropagateTags: 'TASK_DEFINITION',
      NetworkConfiguration: {
        AwsvpcConfiguration: {
          Subnets: wrap(`$${request.plan}.network.subnets`),
          SecurityGroups: wrap(`$${request.plan}.network.securityGroups`),
          AssignPublicIp: wrap(`$${request.plan}.network.assignPublicIp`),
        },
      },
      Overrides: {
        ContainerOverrides: [
          { Name: CONTAINER, ...commandOf('Command', request), Environment: pairs(request, 'Name', 'Value') },
        ],
      },
    }),
  },
  batch: {
    resource: 'arn:aws:states:::batch:submitJob.sync',
    busy: ['Batch.TooManyRequestsException', 'Batch.AWSBatchException'],
    arguments: (request) => ({
      JobName: wrap(`$${request.plan}.name`),
      JobDefinition: `\${${jobSubstitutionOf(request.task.id)}Definition}`,
      JobQueue: request.task.compute.gpu > 0 ? '${JobGpuQueue}' : '${JobQueue}',
      Timeout: {
        AttemptDurationSeconds: Math.max(BATCH_LEAST_SECONDS, request.task.timeoutSeconds + GRACE_SECONDS),
      },
      ContainerOverrides: {
        ...commandOf('Command', request),
        Environment: pairs(request, 'Name', 'Value'),
      },
      Tags: tagsOf(request),
    }),
  },
  sagemaker: {
    resource: 'arn:aws:states:::sagemaker:createTrainingJob.sync',
    busy: ['SageMaker.ThrottlingException', 'SageMaker.AmazonSageMakerException'],
    arguments: (request) => {
      const { task, plan } = request;
      if (task.kind !== 'container') throw new Error(`Invariant: ${task.id} has no image.`);
      return {
        TrainingJobName: wrap(`$${plan}.name`),
        RoleArn: `\${${jobSubstitutionOf(task.id)}Role}`,
        AlgorithmSpecification: {
          TrainingImage: task.image,
          TrainingInputMode: 'File',
          ...(task.command.length === 0 ? {} : { ContainerEntrypoint: [...task.command] }),
          ...argumentsOf('ContainerArguments', request),
        },
        Environment: Object.fromEntries(environmentOf(request)),
        OutputDataConfig: { S3OutputPath: wrap(`$replace($${plan}.outputUri, /\\/[^\\/]*$/, "")`) },
        ResourceConfig: {
          InstanceCount: 1,
          InstanceType: task.compute.instanceType ?? '',
          VolumeSizeInGB: task.compute.diskGb,
        },
        StoppingCondition: { MaxRuntimeInSeconds: task.timeoutSeconds },
        Tags: Object.entries(tagsOf(request)).map(([Key, Value]) => ({ Key, Value })),
      };
    },
  },
  kubernetes: {
    resource: 'arn:aws:states:::eks:runJob.sync',
    busy: ['EKS.429'],
    arguments: (request) => ({
      ClusterName: '${KubernetesCluster}',
      Endpoint: wrap(`$${request.plan}.cluster.endpoint`),
      CertificateAuthority: wrap(`$${request.plan}.cluster.certificateAuthority`),
      Namespace: request.task.compute.namespace ?? 'default',
      Job: kubernetesJob(request),
    }),
  },
};

function kubernetesJob(request: JobRequest): JsonObject {
  const { task, plan } = request;
  const { cpu, memoryMb, gpu, diskGb, labels, serviceAccount } = task.compute;
  const metadata: JsonObject = {
    name: wrap(`$${plan}.name`),
    labels: { 'app.kubernetes.io/managed-by': 'millrace', 'millrace/pipeline': request.pipeline, ...labels },
  };
  const resources: JsonObject = {
    cpu: String(cpu),
    memory: `${memoryMb}Mi`,
    'ephemeral-storage': `${diskGb}Gi`,
    ...(gpu === 0 ? {} : { 'nvidia.com/gpu': String(gpu) }),
  };
  const command =
    task.kind === 'container'
      ? {
          ...(task.command.length === 0 ? {} : { command: [...task.command] }),
          ...argumentsOf('args', request),
        }
      : task.python === undefined
        ? { command: ['node', '-e', '${HandlerEntry}'] }
        : { command: ['python', '-u', '-c', '${PythonEntry}'] };
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata,
    spec: {
      // Step Functions retries, and knows why.
      backoffLimit: 0,
      activeDeadlineSeconds: task.timeoutSeconds + GRACE_SECONDS,
      ttlSecondsAfterFinished: KEPT_SECONDS,
      template: {
        metadata,
        spec: {
          restartPolicy: 'Never',
          ...(serviceAccount === undefined ? {} : { serviceAccountName: serviceAccount }),
          containers: [
            {
              name: CONTAINER,
              image:
                task.kind === 'container'
                  ? task.image
                  : task.python === undefined
                    ? '${HandlerImage}'
                    : '${PythonImage}',
              ...command,
              env: pairs(request, 'name', 'value'),
              resources: { requests: resources, limits: resources },
            },
          ],
        },
      },
    },
  };
}

/** Where the service has no entry point of its own to replace, the command comes before the arguments. */
function commandOf(name: string, request: JobRequest): JsonObject {
  const { task } = request;
  if (task.kind !== 'container') return {};
  const before = task.compute.service === 'batch' ? task.command : [];
  const words = [...before, ...wordsOf(request)];
  return words.length === 0 ? {} : { [name]: words };
}

function argumentsOf(name: string, request: JobRequest): JsonObject {
  const words = wordsOf(request);
  return words.length === 0 ? {} : { [name]: words };
}

function wordsOf({ task, lookup }: JobRequest): Json[] {
  return task.kind === 'container' ? membersOf(task.arguments).map((value) => textOf(value, lookup)) : [];
}

function pairs(request: JobRequest, name: string, value: string): JsonObject[] {
  return environmentOf(request).map(([key, text]) => ({ [name]: key, [value]: text }));
}

/** What the result of a container depends on besides its input, as texts: for telling whether an earlier one will do. */
export function identityOf({ task, lookup }: Pick<JobRequest, 'task' | 'lookup'>): JsonObject {
  if (task.kind !== 'container') return {};
  return {
    ...Object.fromEntries(fieldsOf(task.environment).map(([name, value]) => [name, textOf(value, lookup)])),
    // No variable has such a name.
    'container.image': task.image,
    'container.command': JSON.stringify(task.command),
    ...Object.fromEntries(
      membersOf(task.arguments).map((value, i) => [`container.args[${i}]`, textOf(value, lookup)]),
    ),
  };
}

/** SageMaker allows 512 characters a variable, so the input itself is not among them there. */
function environmentOf({ task, scope, lookup, plan }: JobRequest): [string, Json][] {
  const own = task.kind === 'container' ? fieldsOf(task.environment) : [];
  return [
    ...own.map(([name, value]): [string, Json] => [name, textOf(value, lookup)]),
    ['MILLRACE_RUN', wrap(`$${lookup.run}.id`)],
    ['MILLRACE_TASK', scope.surroundings.each === undefined ? task.id : wrap(taskName(task.id, scope))],
    ['MILLRACE_DS', wrap(`$${lookup.run}.ds`)],
    ['MILLRACE_JOB', wrap(`$${plan}.name`)],
    ...(task.kind === 'container' && task.compute.service !== 'sagemaker'
      ? [['MILLRACE_INPUT', wrap(`$${plan}.input`)] as [string, Json]]
      : []),
    ['MILLRACE_INPUT_URI', wrap(`$${plan}.inputUri`)],
    ['MILLRACE_OUTPUT_URI', wrap(`$${plan}.outputUri`)],
    ['AWS_REGION', '${Region}'],
  ];
}

function tagsOf({ task, pipeline }: JobRequest): { readonly [name: string]: string } {
  return { 'millrace:pipeline': pipeline, 'millrace:task': task.id, ...task.compute.labels };
}

/** A text stays as it is, everything else becomes its JSON. */
function textOf(value: Value, lookup: Lookup): Json {
  if (value.kind !== 'literal') return wrap(`$string(${expressionOf(value, lookup)})`);
  const text = typeof value.value === 'string' ? value.value : JSON.stringify(value.value);
  return valueToJson({ kind: 'literal', value: text }, lookup);
}

function membersOf(list: Value): readonly Value[] {
  if (list.kind === 'array') return list.items;
  return list.kind === 'literal' && Array.isArray(list.value)
    ? (list.value as readonly Json[]).map((value) => ({ kind: 'literal', value }))
    : [];
}

function fieldsOf(object: Value): readonly (readonly [string, Value])[] {
  if (object.kind === 'object') return Object.entries(object.fields);
  return object.kind === 'literal' && typeof object.value === 'object' && object.value !== null
    ? Object.entries(object.value).map(([name, value]) => [name, { kind: 'literal', value: value as Json }])
    : [];
}
