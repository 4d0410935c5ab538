/** A cluster of EKS as far as jobs go: `DescribeCluster`, and of its own API jobs, their pods, and the lines of these. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Turn } from '../lambda/slots';
import type { LogStore } from '../logs/log-store';
import { AwsError, ROOT, type HttpService } from '../service';
import { taskOf } from './ecs-service';
import type { JobRecord } from './job-record';
import type { JobRunner } from './job-runner';
import { answerJson } from './rest-json';

interface Job {
  readonly metadata?: { readonly name?: string };
  readonly spec?: {
    readonly activeDeadlineSeconds?: number;
    readonly template?: {
      readonly spec?: {
        readonly serviceAccountName?: string;
        readonly containers?: readonly {
          readonly image?: string;
          readonly command?: readonly string[];
          readonly args?: readonly string[];
          readonly env?: readonly { readonly name: string; readonly value: string }[];
          readonly resources?: { readonly limits?: Readonly<Record<string, string>> };
        }[];
      };
    };
  };
}

/** Where the API of every cluster is served here. */
export const KUBERNETES_PATH = '/_kubernetes/';

export class KubernetesService implements HttpService {
  constructor(
    private readonly jobs: JobRunner,
    private readonly logs: LogStore,
    private readonly url: () => string,
  ) {}

  /** Starts a job for a machine. @throws AwsError 409 when there is one of its name */
  start(job: Job, namespace: string, machine: string, turn?: Turn): JobRecord {
    const name = job.metadata?.name ?? '';
    const container = job.spec?.template?.spec?.containers?.[0];
    if (container === undefined) throw new AwsError('422', `The job ${name} has no container.`, 422);
    if (this.find(namespace, name) !== undefined)
      throw new AwsError('409', `jobs.batch "${name}" already exists`, 409);
    const environment = Object.fromEntries((container.env ?? []).map((entry) => [entry.name, entry.value]));
    const maxSeconds = job.spec?.activeDeadlineSeconds;
    return this.jobs.start(
      {
        service: 'eks',
        name,
        machine,
        task: taskOf(environment),
        image: container.image ?? '',
        entryPoint: container.command ?? [],
        args: container.args ?? [],
        environment,
        roleArn: job.spec?.template?.spec?.serviceAccountName ?? 'default',
        gpu: Number(container.resources?.limits?.['nvidia.com/gpu'] ?? 0),
        logGroup: `/kubernetes/${namespace}`,
        logStream: '{id}',
        place: namespace,
        ...(maxSeconds === undefined ? {} : { maxSeconds }),
      },
      turn,
    );
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    await answerJson(response, async () => {
      const { pathname, searchParams } = new URL(request.url ?? '/', 'http://kubernetes');
      const cluster = /^\/clusters\/([^/]+)$/.exec(pathname)?.[1];
      if (cluster !== undefined)
        return {
          cluster: {
            name: cluster,
            status: 'ACTIVE',
            endpoint: `${this.url()}${KUBERNETES_PATH}${cluster}`,
            certificateAuthority: { data: '' },
          },
        };
      const path = pathname.replace(/^\/_kubernetes\/[^/]+/, '');
      const job = /^\/apis\/batch\/v1\/namespaces\/([^/]+)\/jobs\/([^/]+)$/.exec(path);
      if (job !== null) return this.ofJob(request.method ?? 'GET', job[1] ?? '', job[2] ?? '');
      const pods = /^\/api\/v1\/namespaces\/([^/]+)\/pods$/.exec(path);
      if (pods !== null) {
        const name = searchParams.get('labelSelector')?.replace(/^job-name=/, '');
        const record = this.find(pods[1] ?? '', name ?? '');
        return { kind: 'PodList', items: record === undefined ? [] : [podOf(record)] };
      }
      const log = /^\/api\/v1\/namespaces\/([^/]+)\/pods\/([^/]+)\/log$/.exec(path);
      if (log !== null) return this.linesOf(log[2] ?? '', Number(searchParams.get('tailLines') ?? 0));
      throw notFound(path);
    });
  }

  describe(record: JobRecord): object {
    const { status, startedAt, stoppedAt, reason } = record;
    const condition = { SUCCEEDED: 'Complete', FAILED: 'Failed', RUNNING: undefined }[status];
    return {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: record.name, namespace: record.place, uid: record.id },
      status: {
        startTime: new Date(startedAt).toISOString(),
        ...(stoppedAt === undefined ? {} : { completionTime: new Date(stoppedAt).toISOString() }),
        active: status === 'RUNNING' ? 1 : 0,
        succeeded: status === 'SUCCEEDED' ? 1 : 0,
        failed: status === 'FAILED' ? 1 : 0,
        conditions:
          condition === undefined
            ? []
            : [
                {
                  type: condition,
                  status: 'True',
                  ...(condition === 'Failed'
                    ? { reason: 'BackoffLimitExceeded', message: reason ?? 'Job has reached its limit' }
                    : {}),
                },
              ],
      },
    };
  }

  private ofJob(method: string, namespace: string, name: string): object {
    const record = this.find(namespace, name);
    if (record === undefined) throw notFound(`jobs.batch "${name}"`);
    if (method === 'DELETE') this.jobs.stop(record.id, 'The job was deleted.');
    return this.describe(record);
  }

  private async linesOf(pod: string, tail: number): Promise<string> {
    const [record] = this.jobs.list((candidate) => candidate.service === 'eks' && podName(candidate) === pod);
    if (record === undefined) throw notFound(`pods "${pod}"`);
    const { events } = (await this.logs.call(
      'GetLogEvents',
      { logGroupName: record.logGroup, logStreamName: record.logStream },
      ROOT,
    )) as { events: { message: string }[] };
    return events
      .slice(tail > 0 ? -tail : 0)
      .map(({ message }) => `${message}\n`)
      .join('');
  }

  private find(namespace: string, name: string): JobRecord | undefined {
    return this.jobs.list(
      (record) => record.service === 'eks' && record.place === namespace && record.name === name,
    )[0];
  }
}

function podOf(record: JobRecord): object {
  const { exitCode, status } = record;
  return {
    metadata: { name: podName(record), labels: { 'job-name': record.name } },
    status: {
      phase: { RUNNING: 'Running', SUCCEEDED: 'Succeeded', FAILED: 'Failed' }[status],
      containerStatuses:
        exitCode === undefined
          ? []
          : [
              {
                name: 'main',
                state: { terminated: { exitCode, reason: exitCode === 0 ? 'Completed' : 'Error' } },
              },
            ],
    },
  };
}

function podName({ name, id }: JobRecord): string {
  return `${name}-${id.slice(0, 5)}`;
}

function notFound(what: string): AwsError {
  return new AwsError('NotFound', `${what} not found`, 404);
}
