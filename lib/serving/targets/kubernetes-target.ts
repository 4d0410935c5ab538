/**
 * A Kubernetes cluster. Objects are applied by the server (server-side apply), so that applying them again changes nothing; the
 * route changes only when all versions that are to have traffic run.
 */
import {
  askKubernetes,
  clusterOfConnection,
  eksCluster,
  type KubernetesCluster,
} from '../../connections/kubernetes';
import { readConnection } from '../../connections/read-connection';
import { connection } from '../../tasks/connection';
import { deploymentOf, routeOf, serviceOf } from './kubernetes-objects';
import type { DesiredTarget, TargetDriver } from './target';
import { targetName } from './target-names';

type Desired = DesiredTarget<'kubernetes'>;

interface Deployment {
  readonly metadata?: { readonly generation?: number };
  readonly spec?: { readonly replicas?: number };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly availableReplicas?: number;
    readonly updatedReplicas?: number;
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly reason?: string;
      readonly message?: string;
    }[];
  };
}

export const kubernetesTarget: TargetDriver<'kubernetes'> = {
  async bring(desired) {
    const cluster = await clusterOf(desired);
    const states: { readonly version: string; readonly share: number; readonly found: Progress }[] = [];
    for (const slot of desired.slots) {
      await apply(cluster, servicePath(desired, slot.version), serviceOf(desired, slot.version));
      const text = await apply(cluster, deploymentPath(desired, slot.version), deploymentOf(desired, slot));
      states.push({ ...slot, found: progressOf(JSON.parse(text) as Deployment) });
    }
    const failed = states.find(({ found }) => found.state === 'failed');
    const waiting = states.filter(({ found }) => found.state !== 'ready');
    if (!waiting.some(({ share }) => share > 0)) await apply(cluster, routePath(desired), routeOf(desired));
    if (failed !== undefined)
      return { state: 'failed', message: `Version ${failed.version}: ${failed.found.message}` };
    if (waiting.length > 0)
      return {
        state: 'working',
        message: waiting.map(({ version, found }) => `Version ${version}: ${found.message}`).join(' '),
      };
    return { state: 'ready', message: `${targetName(desired)} runs in ${desired.target.namespace}.` };
  },

  async remove(desired, versions) {
    const cluster = await clusterOf(desired);
    for (const version of versions)
      for (const path of [deploymentPath(desired, version), servicePath(desired, version)])
        await askKubernetes(cluster, { method: 'DELETE', path: `${path}?propagationPolicy=Background` });
  },
};

interface Progress {
  readonly state: 'working' | 'ready' | 'failed';
  readonly message: string;
}

function progressOf({ metadata, spec, status }: Deployment): Progress {
  const wanted = spec?.replicas ?? 1;
  const available = status?.availableReplicas ?? 0;
  const message = `${available} of ${wanted} replicas are available.`;
  // What the controller has not seen yet says nothing of the object as it is now.
  if ((status?.observedGeneration ?? 0) < (metadata?.generation ?? 1)) return { state: 'working', message };
  const late = status?.conditions?.find(
    ({ type, status: value, reason }) =>
      type === 'Progressing' && value === 'False' && reason === 'ProgressDeadlineExceeded',
  );
  if (late !== undefined) return { state: 'failed', message: late.message ?? message };
  return {
    state: available >= wanted && (status?.updatedReplicas ?? 0) >= wanted ? 'ready' : 'working',
    message,
  };
}

async function clusterOf({ target }: Desired): Promise<KubernetesCluster> {
  if (target.cluster !== undefined) return eksCluster(target.cluster);
  const name = target.connection ?? '';
  return clusterOfConnection(name, await readConnection(connection(name, 'kubernetes')));
}

function deploymentPath(desired: Desired, version: string): string {
  return `/apis/apps/v1/namespaces/${desired.target.namespace}/deployments/${targetName(desired, version)}`;
}

function servicePath(desired: Desired, version: string): string {
  return `/api/v1/namespaces/${desired.target.namespace}/services/${targetName(desired, version)}`;
}

function routePath(desired: Desired): string {
  return `/apis/gateway.networking.k8s.io/v1/namespaces/${desired.target.namespace}/httproutes/${targetName(desired)}`;
}

async function apply(cluster: KubernetesCluster, path: string, body: object): Promise<string> {
  const answer = await askKubernetes(cluster, {
    method: 'PATCH',
    path: `${path}?fieldManager=millrace&force=true`,
    body,
  });
  return answer ?? '{}';
}
