/**
 * `.sync` integrations of Step Functions with services that run containers: the state ends when the job does, and a job
 * whose state is over (its time is up, the execution was stopped) is stopped.
 */
import type { Turn } from '../lambda/slots';
import { AwsError } from '../service';
import { StatesError } from '../stepfunctions/states-error';
import type { BatchService } from './batch-service';
import type { EcsService } from './ecs-service';
import type { JobRecord } from './job-record';
import type { JobRunner } from './job-runner';
import type { KubernetesService } from './kubernetes-service';
import type { SageMakerService } from './sagemaker-service';

export interface JobServices {
  readonly jobs: JobRunner;
  readonly ecs: EcsService;
  readonly batch: BatchService;
  readonly sagemaker: SageMakerService;
  readonly kubernetes: KubernetesService;
}

/** The state that asks. */
export interface JobRequester {
  readonly executionArn: string;
  readonly signal?: AbortSignal;
  readonly turn?: Turn;
}

interface Integration {
  /** Prefix of the names of the service's own errors. */
  readonly errors: string;
  start(services: JobServices, input: unknown, machine: string, turn?: Turn): JobRecord;
  describe(services: JobServices, record: JobRecord): object;
}

const INTEGRATIONS: Readonly<Record<string, Integration>> = {
  'ecs:runTask.sync': {
    errors: 'ECS',
    start: ({ ecs }, input, machine, turn) => ecs.start(small(input) as never, machine, turn),
    describe: ({ ecs }, record) => capital(ecs.describe(record)) as object,
  },
  'batch:submitJob.sync': {
    errors: 'Batch',
    start: ({ batch }, input, machine, turn) => batch.start(small(input) as never, machine, turn),
    describe: ({ batch }, record) => capital(batch.describe(record)) as object,
  },
  'sagemaker:createTrainingJob.sync': {
    errors: 'SageMaker',
    start: ({ sagemaker }, input, machine, turn) => sagemaker.start(input as never, machine, turn),
    describe: ({ sagemaker }, record) => sagemaker.describe(record),
  },
  'eks:runJob.sync': {
    errors: 'EKS',
    start: ({ kubernetes }, input, machine, turn) => {
      const { Job, Namespace } = input as { Job?: object; Namespace?: string };
      return kubernetes.start(Job ?? {}, Namespace ?? 'default', machine, turn);
    },
    describe: ({ kubernetes }, record) => kubernetes.describe(record),
  },
};

export function runsJob(resource: string): boolean {
  return resource in INTEGRATIONS;
}

/** @throws StatesError */
export async function runJob(
  services: JobServices,
  resource: string,
  input: unknown,
  { executionArn, signal, turn }: JobRequester,
): Promise<unknown> {
  const integration = INTEGRATIONS[resource];
  if (integration === undefined) throw new StatesError('States.Runtime', `${resource} is not served here.`);
  const machine = executionArn.split(':')[6] ?? '';
  let record: JobRecord;
  try {
    record = integration.start(services, input, machine, turn);
  } catch (error) {
    if (error instanceof AwsError)
      throw new StatesError(`${integration.errors}.${error.code}`, error.message);
    throw error;
  }
  const ended = await services.jobs.ended(record.id, signal);
  const description = integration.describe(services, ended);
  if (ended.status === 'SUCCEEDED') return description;
  throw new StatesError('States.TaskFailed', JSON.stringify(description));
}

/** Integrations write all members with a capital, the protocols of ECS and Batch begin them small. */
function small(value: unknown): unknown {
  return renamed(value, (name) => name.charAt(0).toLowerCase() + name.slice(1));
}

function capital(value: unknown): unknown {
  return renamed(value, (name) => name.charAt(0).toUpperCase() + name.slice(1));
}

function renamed(value: unknown, rename: (name: string) => string): unknown {
  if (Array.isArray(value)) return value.map((item) => renamed(item, rename));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [rename(name), renamed(member, rename)]),
  );
}
