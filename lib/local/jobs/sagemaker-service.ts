/** SageMaker as far as training jobs go: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateTrainingJob.html */
import type { Turn } from '../lambda/slots';
import { AwsError, type JsonService, type Principal } from '../service';
import { taskOf } from './ecs-service';
import type { JobRecord } from './job-record';
import type { JobRunner } from './job-runner';

interface CreateTrainingJob {
  readonly TrainingJobName?: string;
  readonly RoleArn?: string;
  readonly AlgorithmSpecification?: {
    readonly TrainingImage?: string;
    readonly ContainerEntrypoint?: readonly string[];
    readonly ContainerArguments?: readonly string[];
  };
  readonly Environment?: Readonly<Record<string, string>>;
  readonly StoppingCondition?: { readonly MaxRuntimeInSeconds?: number };
}

const LOG_GROUP = '/aws/sagemaker/TrainingJobs';
const MAX_VALUE = 512;

export class SageMakerService implements JsonService {
  readonly target = 'SageMaker';
  readonly jsonVersion = '1.1';

  constructor(
    private readonly jobs: JobRunner,
    private readonly account: string,
    private readonly region: string,
  ) {}

  /** @throws AwsError */
  start(input: CreateTrainingJob, machine: string, turn?: Turn): JobRecord {
    const { TrainingJobName: name = '', AlgorithmSpecification: algorithm = {}, Environment = {} } = input;
    if (this.jobs.find('sagemaker', name) !== undefined)
      throw new AwsError('ResourceInUse', `Training job names must be unique: ${name} exists already.`);
    const long = Object.entries(Environment).find(([, value]) => value.length > MAX_VALUE);
    if (long !== undefined)
      throw new AwsError(
        'ValidationException',
        `The variable ${long[0]} of the environment has more than ${MAX_VALUE} characters.`,
      );
    const maxSeconds = input.StoppingCondition?.MaxRuntimeInSeconds;
    return this.jobs.start(
      {
        service: 'sagemaker',
        name,
        machine,
        task: taskOf(Environment),
        image: algorithm.TrainingImage ?? '',
        entryPoint: algorithm.ContainerEntrypoint ?? [],
        args: algorithm.ContainerArguments ?? [],
        environment: Environment,
        roleArn: input.RoleArn ?? '',
        gpu: 0,
        logGroup: LOG_GROUP,
        logStream: `${name}/algo-1-{id}`,
        place: '',
        ...(maxSeconds === undefined ? {} : { maxSeconds }),
      },
      turn,
    );
  }

  async call(operation: string, input: unknown, _principal: Principal): Promise<unknown> {
    const body = (input ?? {}) as CreateTrainingJob;
    if (operation === 'CreateTrainingJob') return { TrainingJobArn: this.arnOf(this.start(body, '')) };
    const record = this.jobs.find('sagemaker', body.TrainingJobName ?? '');
    if (record === undefined) throw new AwsError('ValidationException', 'Requested resource not found.');
    if (operation === 'DescribeTrainingJob') return this.describe(record);
    if (operation === 'StopTrainingJob') {
      this.jobs.stop(record.id, 'The training job was stopped.');
      return {};
    }
    throw new AwsError('UnknownOperationException', `SageMaker ${operation} is not served here.`);
  }

  describe(record: JobRecord): object {
    const { status, exitCode, reason, stoppedAt } = record;
    const failure = `AlgorithmError: ${reason ?? ''}${exitCode === undefined ? '' : `, exit code: ${exitCode}`}`;
    return {
      TrainingJobName: record.name,
      TrainingJobArn: this.arnOf(record),
      TrainingJobStatus: { RUNNING: 'InProgress', SUCCEEDED: 'Completed', FAILED: 'Failed' }[status],
      CreationTime: record.startedAt / 1000,
      TrainingStartTime: record.startedAt / 1000,
      ...(stoppedAt === undefined ? {} : { TrainingEndTime: stoppedAt / 1000 }),
      ...(status === 'FAILED' ? { FailureReason: failure } : {}),
    };
  }

  private arnOf({ name }: JobRecord): string {
    return `arn:aws:sagemaker:${this.region}:${this.account}:training-job/${name}`;
  }
}
