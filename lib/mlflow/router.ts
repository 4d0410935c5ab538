/** Finds who answers a request. `/ajax-api/` means the same as `/api/`. */
import type { Endpoint, Method, RawEndpoint } from './endpoint';
import { artifactEndpoints } from './endpoints/artifacts';
import { artifactProxy } from './endpoints/artifact-proxy';
import { experimentEndpoints } from './endpoints/experiments';
import { loggedModelEndpoints } from './endpoints/logged-models';
import { metricEndpoints } from './endpoints/metrics';
import { modelVersionEndpoints } from './endpoints/model-versions';
import { pageEndpoints } from './endpoints/page';
import { registeredModelEndpoints } from './endpoints/registered-models';
import { runEndpoints } from './endpoints/runs';
import { searchRuns } from './endpoints/search-runs';
import { serverEndpoints } from './endpoints/server';
import { taskRunEndpoints } from './endpoints/task-runs';
import { webhookEndpoints } from './endpoints/webhooks';

export type Target =
  | { readonly kind: 'json'; readonly endpoint: Endpoint; readonly parameters: Parameters }
  | { readonly kind: 'raw'; readonly endpoint: RawEndpoint; readonly parameters: Parameters };
type Parameters = Readonly<Record<string, string>>;

interface Route {
  readonly methods: readonly Method[];
  readonly pattern: RegExp;
  readonly target: (parameters: Parameters) => Target;
}

/** Endpoints with JSON on both sides, by what they are about. */
export const ENDPOINTS: readonly Endpoint[] = [
  ...experimentEndpoints,
  ...runEndpoints,
  searchRuns,
  ...metricEndpoints,
  ...artifactEndpoints,
  ...loggedModelEndpoints,
  ...registeredModelEndpoints,
  ...modelVersionEndpoints,
  ...taskRunEndpoints,
  ...webhookEndpoints,
];

export const RAW_ENDPOINTS: readonly RawEndpoint[] = [...artifactProxy, ...serverEndpoints, ...pageEndpoints];

const ROUTES: readonly Route[] = [
  ...ENDPOINTS.map((endpoint): Route => ({
    methods: typeof endpoint.method === 'string' ? [endpoint.method] : endpoint.method,
    pattern: patternOf(`/api/2.0/mlflow/${endpoint.path}`),
    target: (parameters) => ({ kind: 'json', endpoint, parameters }),
  })),
  ...RAW_ENDPOINTS.map((endpoint): Route => ({
    methods: [endpoint.method],
    pattern: patternOf(endpoint.path),
    target: (parameters) => ({ kind: 'raw', endpoint, parameters }),
  })),
];

/** `undefined` when nobody does. */
export function route(method: string, path: string): Target | undefined {
  const plain = path.replace(/^\/ajax-api\//, '/api/');
  for (const { methods, pattern, target } of ROUTES) {
    if (!methods.some((candidate) => candidate === method)) continue;
    const match = pattern.exec(plain);
    if (match !== null) return target({ ...match.groups });
  }
  return undefined;
}

function patternOf(path: string): RegExp {
  const source = path
    .replace(/[.+]/g, String.raw`\$&`)
    .replace(/\{(\w+)(?:\\\.){3}\}/g, '(?<$1>.+)')
    .replace(/\{(\w+)\}/g, '(?<$1>[^/]+)');
  return new RegExp(`^${source}$`, 's');
}
