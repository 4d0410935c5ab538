/**
 * The API of a Kubernetes cluster: any one by address, authority and token, and those of EKS by their names. There a signed
 * URL of STS is the token by which the cluster knows the role:
 * https://github.com/kubernetes-sigs/aws-iam-authenticator#api-authorization-from-outside-a-cluster
 */
import { request as plainRequest, type IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { setTimeout as pause } from 'node:timers/promises';
import { DescribeClusterCommand } from '@aws-sdk/client-eks';
import { eksClient } from '../aws/clients/eks';
import { signedUrl } from '../aws/sign-url';
import { MillraceError } from '../model/errors';
import type { ConnectionSettings } from '../tasks/connection-kinds';

export interface KubernetesCluster {
  /** For messages. */
  readonly name: string;
  readonly endpoint: string;
  /** PEM in base64; empty for a public authority. */
  readonly certificateAuthority: string;
  readonly token: () => Promise<string>;
}

export interface KubernetesRequest {
  readonly method: 'GET' | 'PATCH' | 'DELETE';
  readonly path: string;
  /** Of a PATCH: the object, for server-side apply. */
  readonly body?: object;
}

/** The cluster refused, or did not answer. */
export class KubernetesRefused extends MillraceError {
  override readonly name = 'Millrace.KubernetesRefused';
}

const PATIENCE_MS = 20_000;
const TOKEN_SECONDS = 60;
const MAX_ATTEMPTS = 4;
/** The cluster is busy; the same request may be sent again, as all requests here are idempotent. */
const BUSY: ReadonlySet<number> = new Set([429, 500, 502, 503, 504]);

const HINTS: Readonly<Record<number, string>> = {
  401: '. It does not know who asks: the role needs an access entry of a cluster of EKS, of another one the token of the connection is not good any more.',
  403: '. It does not let this role or service account do that: give it the rights on deployments, services and httproutes (or jobs) of the namespace.',
};

/** @throws KubernetesRefused when it is not up yet */
export async function eksCluster(name: string): Promise<KubernetesCluster> {
  const { cluster } = await eksClient().send(new DescribeClusterCommand({ name }));
  if (cluster?.endpoint === undefined)
    throw new KubernetesRefused(
      `The cluster ${name} has no address: it is ${cluster?.status ?? 'not described'}. It is asked again.`,
    );
  return {
    name,
    endpoint: cluster.endpoint,
    certificateAuthority: cluster.certificateAuthority?.data ?? '',
    token: () => eksToken(name),
  };
}

export function clusterOfConnection(
  name: string,
  { endpoint, token, ca = '' }: ConnectionSettings<'kubernetes'>,
): KubernetesCluster {
  return {
    name,
    endpoint,
    certificateAuthority: Buffer.from(ca).toString('base64'),
    token: async () => token,
  };
}

/** Returns nothing for what does not exist. @throws KubernetesRefused */
export async function askKubernetes(
  cluster: KubernetesCluster,
  asked: KubernetesRequest,
): Promise<string | undefined> {
  for (let attempt = 1; ; attempt++) {
    const { status, body, wait } = await send(cluster, asked);
    if (status === 404 && asked.method !== 'PATCH') return undefined;
    if (status < 300) return body;
    if (!BUSY.has(status) || attempt === MAX_ATTEMPTS)
      throw new KubernetesRefused(
        `The cluster ${cluster.name} answers ${asked.method} ${asked.path} with ${status}: ${body.slice(0, 300)}${HINTS[status] ?? ''}`,
      );
    await pause(Math.min(wait ?? 200 * 2 ** attempt, 5_000));
  }
}

async function send(
  { name, endpoint, certificateAuthority, token }: KubernetesCluster,
  { method, path, body }: KubernetesRequest,
): Promise<{ readonly status: number; readonly body: string; readonly wait?: number }> {
  const url = new URL(`${endpoint.replace(/\/$/, '')}${path}`);
  const text = body === undefined ? undefined : JSON.stringify(body);
  const options = {
    method,
    timeout: PATIENCE_MS,
    headers: {
      authorization: `Bearer ${await token()}`,
      accept: 'application/json',
      // JSON is YAML.
      ...(text === undefined
        ? {}
        : { 'content-type': 'application/apply-patch+yaml', 'content-length': Buffer.byteLength(text) }),
    },
  };
  const ca = Buffer.from(certificateAuthority, 'base64').toString('utf8');
  return new Promise<{ status: number; body: string; wait?: number }>((resolve, reject) => {
    const answered = (response: IncomingMessage): void => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const after = Number(response.headers['retry-after']);
        resolve({
          status: response.statusCode ?? 0,
          body: Buffer.concat(chunks).toString('utf8'),
          ...(after > 0 ? { wait: after * 1000 } : {}),
        });
      });
    };
    const sent =
      url.protocol === 'http:'
        ? plainRequest(url, options, answered)
        : request(url, { ...options, ...(ca === '' ? {} : { ca }) }, answered);
    sent.on('timeout', () => sent.destroy(new Error(`no answer for ${PATIENCE_MS / 1000} s`)));
    sent.on('error', reject);
    sent.end(text);
  }).catch((cause: unknown) => {
    throw new KubernetesRefused(`The cluster ${name} does not answer at ${url.origin}.`, { cause });
  });
}

async function eksToken(cluster: string): Promise<string> {
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
