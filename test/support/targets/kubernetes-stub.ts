/** The API of a cluster as far as deployments, services and routes go; a controller makes pods between the questions. */
import { StubServer, type StubAnswer, type StubRequest, type TargetStub } from './stub-server';

interface KubernetesObject {
  readonly kind: string;
  readonly metadata: { readonly name: string; generation?: number; readonly labels?: Record<string, string> };
  readonly spec: Record<string, never>;
  status?: object;
}
interface Rule {
  readonly matches: readonly { readonly headers?: readonly { readonly value: string }[] }[];
  readonly backendRefs: readonly { readonly name: string; readonly weight: number }[];
}

const STEPS = 2;
const TOKEN = 'token-of-a-service-account';

export interface KubernetesStubOptions {
  /** Who may come in, by the header. @default who has the token */
  readonly authorizes?: (authorization: string | undefined) => boolean;
  /** @default plain HTTP */
  readonly tls?: { readonly key: string; readonly cert: string };
}

export async function startKubernetesStub({
  authorizes = (authorization) => authorization === `Bearer ${TOKEN}`,
  tls,
}: KubernetesStubOptions = {}): Promise<TargetStub & { readonly token: string }> {
  const objects = new Map<string, KubernetesObject>();
  const asked = new Map<string, number>();
  const broken = new Set<string>();

  function statusOf(path: string, object: KubernetesObject): object {
    if (object.kind !== 'Deployment') return {};
    const times = (asked.get(path) ?? 0) + 1;
    asked.set(path, times);
    const generation = object.metadata.generation ?? 1;
    const spec = object.spec as unknown as {
      replicas: number;
      template: { spec: { containers: { image: string }[] } };
    };
    if (times <= STEPS) return { observedGeneration: generation, updatedReplicas: spec.replicas };
    if (broken.has(spec.template.spec.containers[0]?.image ?? ''))
      return {
        observedGeneration: generation,
        conditions: [
          {
            type: 'Progressing',
            status: 'False',
            reason: 'ProgressDeadlineExceeded',
            message: 'ReplicaSet has timed out progressing.',
          },
        ],
      };
    return {
      observedGeneration: generation,
      updatedReplicas: spec.replicas,
      availableReplicas: spec.replicas,
    };
  }

  function answer(_name: string, { method, url, body }: StubRequest): StubAnswer {
    const path = url.pathname;
    const found = objects.get(path);
    if (method === 'DELETE') {
      objects.delete(path);
      asked.delete(path);
      return found === undefined ? { status: 404, body: { kind: 'Status' } } : { status: 200, body: found };
    }
    if (method === 'GET')
      return found === undefined ? { status: 404, body: { kind: 'Status' } } : { status: 200, body: found };
    const given = JSON.parse(body) as KubernetesObject;
    const changed = JSON.stringify(found?.spec) !== JSON.stringify(given.spec);
    const generation = (found?.metadata.generation ?? 0) + (changed ? 1 : 0);
    if (changed) asked.delete(path);
    const stored = { ...given, metadata: { ...given.metadata, generation } };
    objects.set(path, stored);
    return { status: 200, body: { ...stored, status: statusOf(path, stored) } };
  }

  const server = new StubServer(
    ({ method, url, body, headers }) => {
      if (!authorizes(headers.authorization)) return 'Unauthorized';
      if (method === 'DELETE') return 'Delete';
      if (method !== 'PATCH') return 'Get';
      // Applying what is there already changes nothing.
      const { spec } = JSON.parse(body) as KubernetesObject;
      return JSON.stringify(objects.get(url.pathname)?.spec) === JSON.stringify(spec) ? 'Reapply' : 'Apply';
    },
    (name, request) => {
      if (name === 'Unauthorized') return { status: 401, body: { kind: 'Status', message: 'Unauthorized' } };
      if (request.method === 'PATCH' && request.headers['content-type'] !== 'application/apply-patch+yaml')
        return { status: 415, body: { kind: 'Status' } };
      return answer(name, request);
    },
    (kind) =>
      kind === 'throttled'
        ? { status: 429, body: { kind: 'Status' }, headers: { 'retry-after': '0' } }
        : { status: 403, body: { kind: 'Status', message: 'The service account may not do that.' } },
    tls,
  );
  await server.start();
  const routeOf = (endpoint: string) =>
    [...objects.values()].find(
      ({ kind, metadata }) => kind === 'HTTPRoute' && metadata.name === `millrace-test-${endpoint}`,
    );
  const rulesOf = (endpoint: string) => (routeOf(endpoint)?.spec['rules'] ?? []) as readonly Rule[];
  const versionIn = (name: string) => /-v(\d+)$/.exec(name)?.[1] ?? '';
  return {
    server,
    broken,
    token: TOKEN,
    environment: {},
    stop: () => server.stop(),
    shares: (endpoint) => {
      const backends =
        rulesOf(endpoint).find(({ matches }) => matches[0]?.headers === undefined)?.backendRefs ?? [];
      const sum = backends.reduce((total, { weight }) => total + weight, 0);
      return Object.fromEntries(
        backends
          .filter(({ weight }) => weight > 0)
          .map(({ name, weight }) => [versionIn(name), weight / sum]),
      );
    },
    candidate: (endpoint) => {
      const rule = rulesOf(endpoint).find(({ matches }) => matches[0]?.headers?.[0]?.value === 'candidate');
      return rule === undefined ? undefined : versionIn(rule.backendRefs[0]?.name ?? '');
    },
    versions: (endpoint) =>
      [...objects.values()]
        .filter(
          ({ kind, metadata }) =>
            kind === 'Deployment' && metadata.name.startsWith(`millrace-test-${endpoint}-v`),
        )
        .map(({ metadata }) => versionIn(metadata.name)),
  };
}
