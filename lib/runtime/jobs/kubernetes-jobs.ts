import type { JobPlace } from '../../model/job';
import type { JobService } from './job-service';
import { askCluster } from './kubernetes-api';

/** Of the objects of Kubernetes as far as they are read here. */
interface Job {
  readonly status?: {
    readonly startTime?: string;
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly reason?: string;
      readonly message?: string;
    }[];
  };
}
interface Pods {
  readonly items: readonly {
    readonly metadata: { readonly name: string };
    readonly status?: {
      readonly containerStatuses?: readonly {
        readonly state?: { readonly terminated?: { readonly exitCode: number; readonly reason?: string } };
      }[];
    };
  }[];
}

const MAX_LINES = 2000;
const MAX_BYTES = 1024 * 1024;

export const kubernetesJobs: JobService = {
  async describe(place, name) {
    const text = await ask(place, 'GET', jobPath(place, name));
    if (text === undefined) return { status: 'gone' };
    const { status } = JSON.parse(text) as Job;
    const ended = status?.conditions?.find(
      (condition) => condition.status === 'True' && ['Complete', 'Failed'].includes(condition.type),
    );
    const started = status?.startTime === undefined ? {} : { startedAt: Date.parse(status.startTime) };
    if (ended === undefined) return { ...started, status: 'running' };
    if (ended.type === 'Complete') return { ...started, status: 'succeeded' };
    const { items } = await podsOf(place, name);
    const terminated = items[0]?.status?.containerStatuses?.[0]?.state?.terminated;
    return {
      ...started,
      status: 'failed',
      reason: [ended.reason, ended.message, terminated?.reason].filter(Boolean).join(': '),
      ...(terminated === undefined ? {} : { exitCode: terminated.exitCode }),
    };
  },

  async stop(place, name) {
    await ask(place, 'DELETE', `${jobPath(place, name)}?propagationPolicy=Background`);
  },

  async lines(place, name) {
    const { items } = await podsOf(place, name);
    const texts = await Promise.all(
      items.map(({ metadata }) =>
        ask(
          place,
          'GET',
          `/api/v1/namespaces/${namespaceOf(place)}/pods/${metadata.name}/log?tailLines=${MAX_LINES}&limitBytes=${MAX_BYTES}`,
        ),
      ),
    );
    return texts.flatMap((text) => (text ?? '').split('\n').filter((line) => line !== ''));
  },
};

async function podsOf(place: JobPlace, name: string): Promise<Pods> {
  const selector = encodeURIComponent(`job-name=${name}`);
  const text = await ask(
    place,
    'GET',
    `/api/v1/namespaces/${namespaceOf(place)}/pods?labelSelector=${selector}`,
  );
  return text === undefined ? { items: [] } : (JSON.parse(text) as Pods);
}

function jobPath(place: JobPlace, name: string): string {
  return `/apis/batch/v1/namespaces/${namespaceOf(place)}/jobs/${name}`;
}

function namespaceOf({ namespace = 'default' }: JobPlace): string {
  return namespace;
}

async function ask({ where }: JobPlace, method: 'GET' | 'DELETE', path: string): Promise<string | undefined> {
  return askCluster(where, method, path);
}
