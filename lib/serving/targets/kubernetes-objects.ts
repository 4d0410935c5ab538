/** What a version is in a cluster: a Deployment and a Service; and the HTTPRoute of the endpoint, whose weights are the shares. */
import type { DesiredSlot, DesiredTarget } from './target';
import { percentOf, targetName } from './target-names';

type Desired = DesiredTarget<'kubernetes'>;

const PORT = 8080;
/** Seconds for which a version may try to come up. */
const PATIENCE_SECONDS = 600;

export function deploymentOf(desired: Desired, { version, image, folder }: DesiredSlot): object {
  const { target } = desired;
  const name = targetName(desired, version);
  const labels = labelsOf(desired, version);
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: target.namespace, labels },
    spec: {
      replicas: target.instances,
      progressDeadlineSeconds: PATIENCE_SECONDS,
      selector: { matchLabels: { 'app.kubernetes.io/instance': name } },
      template: {
        metadata: { labels },
        spec: {
          automountServiceAccountToken: false,
          ...(target.pullSecret === undefined ? {} : { imagePullSecrets: [{ name: target.pullSecret }] }),
          containers: [
            {
              name: 'model',
              image,
              env: [
                { name: 'MILLRACE_MODEL', value: desired.model },
                { name: 'MILLRACE_VERSION', value: version },
                { name: 'MILLRACE_MODEL_URI', value: folder },
              ],
              ports: [{ name: 'http', containerPort: PORT }],
              readinessProbe: { httpGet: { path: '/ping', port: 'http' }, periodSeconds: 5 },
              resources: {
                requests: { cpu: target.cpu, memory: target.memory },
                limits: { memory: target.memory },
              },
              securityContext: {
                allowPrivilegeEscalation: false,
                runAsNonRoot: true,
                capabilities: { drop: ['ALL'] },
              },
            },
          ],
        },
      },
    },
  };
}

export function serviceOf(desired: Desired, version: string): object {
  const name = targetName(desired, version);
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: desired.target.namespace, labels: labelsOf(desired, version) },
    spec: {
      selector: { 'app.kubernetes.io/instance': name },
      ports: [{ name: 'http', port: 80, targetPort: 'http' }],
    },
  };
}

export function routeOf(desired: Desired): object {
  const { target, slots, stable, candidate } = desired;
  const path = { type: 'PathPrefix', value: `/endpoints/${desired.endpoint}/` };
  const backend = (version: string, weight: number) => ({
    name: targetName(desired, version),
    port: 80,
    weight,
  });
  const asked = (value: string, version: string | null) =>
    version === null || !slots.some((slot) => slot.version === version)
      ? []
      : [
          {
            matches: [{ path, headers: [{ type: 'Exact', name: 'x-millrace-target', value }] }],
            backendRefs: [backend(version, 1)],
          },
        ];
  const shared = slots.filter(({ share }) => share > 0);
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: { name: targetName(desired), namespace: target.namespace, labels: labelsOf(desired) },
    spec: {
      parentRefs: [target.gateway],
      rules: [
        ...asked('candidate', candidate),
        ...asked('stable', stable),
        ...(shared.length === 0
          ? []
          : [
              {
                matches: [{ path }],
                backendRefs: slots.map(({ version, share }) => backend(version, percentOf(share))),
              },
            ]),
      ],
    },
  };
}

function labelsOf(desired: Desired, version?: string): Record<string, string> {
  return {
    'app.kubernetes.io/managed-by': 'millrace',
    'app.kubernetes.io/part-of': targetName(desired),
    ...(version === undefined
      ? {}
      : { 'app.kubernetes.io/instance': targetName(desired, version), 'app.kubernetes.io/version': version }),
  };
}
