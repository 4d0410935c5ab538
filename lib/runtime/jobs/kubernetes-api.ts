/**
 * The API of a Kubernetes cluster of EKS. A signed URL of STS is the token by which the cluster knows the function's role:
 * https://github.com/kubernetes-sigs/aws-iam-authenticator#api-authorization-from-outside-a-cluster
 */
import { request } from 'node:https';
import { request as plainRequest } from 'node:http';
import { DescribeClusterCommand } from '@aws-sdk/client-eks';
import { eksClient } from '../../aws/clients/eks';
import { signedUrl } from '../../aws/sign-url';
import { MillraceError } from '../../model/errors';

export interface Cluster {
  readonly endpoint: string;
  readonly certificateAuthority: string;
}

/** The cluster refused, or did not answer. */
class KubernetesRefused extends MillraceError {
  override readonly name = 'Millrace.KubernetesRefused';
}

const PATIENCE_MS = 20_000;
const TOKEN_SECONDS = 60;

export async function describeCluster(name: string): Promise<Cluster> {
  const { cluster } = await eksClient().send(new DescribeClusterCommand({ name }));
  return {
    endpoint: cluster?.endpoint ?? '',
    certificateAuthority: cluster?.certificateAuthority?.data ?? '',
  };
}

/** Returns nothing for what does not exist. @throws KubernetesRefused */
export async function askCluster(
  name: string,
  { endpoint, certificateAuthority }: Cluster,
  method: 'GET' | 'DELETE',
  path: string,
): Promise<string | undefined> {
  const url = new URL(`${endpoint.replace(/\/$/, '')}${path}`);
  const headers = { authorization: `Bearer ${await tokenFor(name)}`, accept: 'application/json' };
  const ca = Buffer.from(certificateAuthority, 'base64').toString('utf8');
  const { status, body } = await new Promise<{ status: number; body: string }>((resolve, reject) => {
    const answered = (response: import('node:http').IncomingMessage): void => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') }),
      );
    };
    const sent =
      url.protocol === 'http:'
        ? plainRequest(url, { method, headers, timeout: PATIENCE_MS }, answered)
        : request(url, { method, headers, timeout: PATIENCE_MS, ...(ca === '' ? {} : { ca }) }, answered);
    sent.on('timeout', () => sent.destroy(new Error(`no answer for ${PATIENCE_MS / 1000} s`)));
    sent.on('error', reject);
    sent.end();
  }).catch((cause: unknown) => {
    throw new KubernetesRefused(`The cluster ${name} does not answer at ${url.origin}.`, { cause });
  });
  if (status === 404) return undefined;
  if (status >= 300)
    throw new KubernetesRefused(
      `The cluster ${name} answers ${method} ${path} with ${status}: ${body.slice(0, 300)}. The role of the function 'jobs' needs access to jobs and pods of that namespace (docs/guides/containers.md).`,
    );
  return body;
}

async function tokenFor(cluster: string): Promise<string> {
  const { config } = eksClient();
  const [credentials, region] = await Promise.all([config.credentials(), config.region()]);
  const url = signedUrl({
    method: 'GET',
    service: 'sts',
    folder: `https://sts.${region}.amazonaws.com`,
    bucket: '',
    key: '',
    query: { Action: 'GetCallerIdentity', Version: '2011-06-15' },
    headers: { 'x-k8s-aws-id': cluster },
    expiresInSeconds: TOKEN_SECONDS,
    region,
    credentials,
    now: new Date(),
  });
  return `k8s-aws-v1.${Buffer.from(url).toString('base64url')}`;
}
