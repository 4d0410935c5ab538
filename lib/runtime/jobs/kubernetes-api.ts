/** A cluster of EKS, asked on behalf of a job. */
import { askKubernetes, eksCluster, KubernetesRefused } from '../../connections/kubernetes';

/** Returns nothing for what does not exist. @throws KubernetesRefused */
export async function askCluster(
  name: string,
  method: 'GET' | 'DELETE',
  path: string,
): Promise<string | undefined> {
  try {
    return await askKubernetes(await eksCluster(name), { method, path });
  } catch (error) {
    if (!(error instanceof KubernetesRefused)) throw error;
    throw new KubernetesRefused(
      `${error.message} The role of the function 'jobs' needs access to jobs and pods of that namespace (docs/guides/containers.md).`,
      { cause: error },
    );
  }
}
