/** AWS Batch as far as jobs of one container go: https://docs.aws.amazon.com/batch/latest/APIReference/ */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Turn } from '../lambda/slots';
import { AwsError, type HttpService } from '../service';
import type { DefinitionStore } from './definition-store';
import { taskOf } from './ecs-service';
import type { JobRecord } from './job-record';
import type { JobRunner } from './job-runner';
import { answerJson, readJson } from './rest-json';

interface SubmitJob {
  readonly jobName?: string;
  readonly jobDefinition?: string;
  readonly jobQueue?: string;
  readonly timeout?: { readonly attemptDurationSeconds?: number };
  readonly containerOverrides?: {
    readonly command?: readonly string[];
    readonly environment?: readonly { readonly name: string; readonly value: string }[];
  };
}

export class BatchService implements HttpService {
  constructor(
    private readonly jobs: JobRunner,
    private readonly definitions: DefinitionStore,
    private readonly account: string,
    private readonly region: string,
  ) {}

  /** Starts a job for a machine. @throws AwsError */
  start(input: SubmitJob, machine: string, turn?: Turn): JobRecord {
    const definition = this.definitions.require(input.jobDefinition ?? '', 'ClientException');
    const { command, environment = [] } = input.containerOverrides ?? {};
    const variables = {
      ...definition.environment,
      ...Object.fromEntries(environment.map(({ name, value }) => [name, value])),
    };
    const maxSeconds = input.timeout?.attemptDurationSeconds;
    return this.jobs.start(
      {
        service: 'batch',
        name: input.jobName ?? '',
        machine,
        task: taskOf(variables),
        image: definition.image,
        entryPoint: [],
        args: command ?? definition.command,
        environment: variables,
        roleArn: definition.roleArn,
        gpu: definition.gpu,
        logGroup: definition.logGroup,
        logStream: `${definition.family}/default/{id}`,
        place: input.jobQueue ?? '',
        ...(maxSeconds === undefined ? {} : { maxSeconds }),
      },
      turn,
    );
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    await answerJson(response, async () => {
      const body = (await readJson(request)) as SubmitJob & {
        jobs?: string[];
        jobId?: string;
        reason?: string;
        filters?: { name?: string; values?: string[] }[];
      };
      const operation = /^\/v1\/(\w+)$/.exec(request.url ?? '')?.[1];
      const of = (where: (record: JobRecord) => boolean): JobRecord[] =>
        this.jobs.list((record) => record.service === 'batch' && where(record));
      switch (operation) {
        case 'submitjob': {
          const record = this.start(body, '');
          return { jobId: record.id, jobName: record.name, jobArn: this.arnOf(record) };
        }
        case 'listjobs': {
          const names = body.filters?.find(({ name }) => name === 'JOB_NAME')?.values;
          return {
            jobSummaryList: of(
              (record) =>
                record.place === body.jobQueue && (names === undefined || names.includes(record.name)),
            ).map((record) => ({
              jobId: record.id,
              jobName: record.name,
              jobArn: this.arnOf(record),
              createdAt: record.startedAt,
              status: record.status,
            })),
          };
        }
        case 'describejobs':
          return {
            jobs: of((record) => (body.jobs ?? []).includes(record.id)).map((record) =>
              this.describe(record),
            ),
          };
        case 'terminatejob':
          this.jobs.stop(body.jobId ?? '', body.reason ?? 'Job terminated');
          return {};
        default:
          throw new AwsError('ClientException', `Batch ${request.url ?? ''} is not served here.`, 404);
      }
    });
  }

  describe(record: JobRecord): object {
    const { exitCode, reason, stoppedAt, status } = record;
    return {
      jobId: record.id,
      jobName: record.name,
      jobArn: this.arnOf(record),
      jobQueue: record.place,
      jobDefinition: '',
      status,
      createdAt: record.startedAt,
      startedAt: record.startedAt,
      ...(stoppedAt === undefined ? {} : { stoppedAt }),
      ...(status === 'RUNNING' ? {} : { statusReason: reason ?? 'Essential container in task exited' }),
      container: {
        image: record.image,
        logStreamName: record.logStream,
        ...(exitCode === undefined ? {} : { exitCode }),
      },
    };
  }

  private arnOf({ id }: JobRecord): string {
    return `arn:aws:batch:${this.region}:${this.account}:job/${id}`;
  }
}
