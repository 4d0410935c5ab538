/**
 * A `batch/v1` Job as the API server takes it, with strict field validation: members by the names of the reference, values
 * of what is written here by their types and rules.
 * https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/job-v1/ and pod-v1, common-definitions/object-meta
 */
import { z } from 'zod';

/** A value that Step Functions computes is of any type. */
const expression = z.string().startsWith('{%');
const or = <T extends z.ZodType>(schema: T) => z.union([expression, schema]);
/** Members of the reference that are not written by the compiler. */
const others = (...names: readonly string[]) =>
  Object.fromEntries(names.map((name) => [name, z.unknown().optional()]));

/** RFC 1123 label, as names of jobs are (the pod's label `job-name` has 63 characters). */
const label = z.string().regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/);
const labelKey = z
  .string()
  .regex(/^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([-\w.]{0,61}[A-Za-z0-9])?$/);
const labelValue = z.string().regex(/^([A-Za-z0-9]([-\w.]{0,61}[A-Za-z0-9])?)?$/);
/** common-definitions/quantity */
const quantity = z.string().regex(/^[+-]?(\d+|\d+\.\d*|\.\d+)([KMGTPE]i|[mkMGTPE]|[eE][+-]?\d+)?$/);
const count = z.int().min(0);

const metadata = z.strictObject({
  name: or(label),
  labels: z.record(labelKey, or(labelValue)),
  ...others('annotations', 'finalizers', 'generateName', 'namespace', 'ownerReferences'),
});

const resources = z
  .strictObject({
    requests: z.record(z.string(), quantity),
    limits: z.record(z.string(), quantity),
    ...others('claims'),
  })
  // What is no resource of Kubernetes itself cannot be overcommitted.
  .refine(({ requests, limits }) =>
    Object.keys(limits).every((name) => !name.includes('/') || requests[name] === limits[name]),
  );

const container = z.strictObject({
  name: label,
  image: z.string().min(1),
  command: z.array(or(z.string())).optional(),
  args: z.array(or(z.string())).optional(),
  env: z.array(
    z.strictObject({
      name: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/),
      value: z.string(),
      ...others('valueFrom'),
    }),
  ),
  resources,
  ...others(
    'envFrom',
    'imagePullPolicy',
    'lifecycle',
    'livenessProbe',
    'ports',
    'readinessProbe',
    'resizePolicy',
  ),
  ...others(
    'restartPolicy',
    'securityContext',
    'startupProbe',
    'stdin',
    'stdinOnce',
    'terminationMessagePath',
  ),
  ...others('terminationMessagePolicy', 'tty', 'volumeDevices', 'volumeMounts', 'workingDir'),
});

const podSpec = z.strictObject({
  containers: z.array(container).length(1),
  // Pods of jobs are not restarted for ever.
  restartPolicy: z.enum(['Never', 'OnFailure']),
  serviceAccountName: label.optional(),
  ...others('activeDeadlineSeconds', 'affinity', 'automountServiceAccountToken', 'dnsConfig', 'dnsPolicy'),
  ...others(
    'hostNetwork',
    'imagePullSecrets',
    'initContainers',
    'nodeName',
    'nodeSelector',
    'os',
    'overhead',
  ),
  ...others('preemptionPolicy', 'priority', 'priorityClassName', 'runtimeClassName', 'schedulerName'),
  ...others('securityContext', 'subdomain', 'terminationGracePeriodSeconds', 'tolerations', 'volumes'),
});

export const kubernetesJob = z.strictObject({
  apiVersion: z.literal('batch/v1'),
  kind: z.literal('Job'),
  metadata,
  spec: z.strictObject({
    template: z.strictObject({ metadata, spec: podSpec }),
    backoffLimit: count.optional(),
    activeDeadlineSeconds: count.optional(),
    ttlSecondsAfterFinished: count.optional(),
    ...others('backoffLimitPerIndex', 'completionMode', 'completions', 'manualSelector', 'maxFailedIndexes'),
    ...others(
      'parallelism',
      'podFailurePolicy',
      'podReplacementPolicy',
      'selector',
      'successPolicy',
      'suspend',
    ),
  }),
});

/** https://docs.aws.amazon.com/step-functions/latest/dg/connect-eks.html, `eks:runJob` */
export const runJob = z.strictObject({
  ClusterName: z.string().min(1),
  Endpoint: or(z.url()),
  CertificateAuthority: or(z.base64()),
  Namespace: label,
  Job: kubernetesJob,
  ...others('LogOptions'),
});
