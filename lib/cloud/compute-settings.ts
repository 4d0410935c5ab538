/** Where containers run, as the context says. Nothing is looked up: synthesis needs no credentials. */
import { SynthesisError } from './synthesis-error';

export interface ComputeSettings {
  /** `subnets` and `security-groups`: those of a VPC of one's own. @default a small VPC is made */
  readonly network?: {
    readonly subnets: readonly string[];
    readonly securityGroups: readonly string[];
    /** `public-ip`. @default false */
    readonly publicIp: boolean;
  };
  /** `kubernetes-cluster`: name of the EKS cluster. */
  readonly kubernetesCluster?: string;
}

/** @throws SynthesisError */
export function readComputeSettings(get: (key: string) => unknown): ComputeSettings {
  const subnets = idsOf('subnets', 'subnet', get('subnets'));
  const securityGroups = idsOf('security-groups', 'sg', get('security-groups'));
  if ((subnets === undefined) !== (securityGroups === undefined))
    throw new SynthesisError(
      'CLOUD_CONTEXT',
      'Of the context values subnets and security-groups only one is there.',
      'Write both: -c subnets=subnet-1,subnet-2 -c security-groups=sg-1.',
    );
  const cluster = get('kubernetes-cluster');
  if (cluster !== undefined && !(typeof cluster === 'string' && /^[A-Za-z0-9][\w-]{0,99}$/.test(cluster)))
    throw new SynthesisError(
      'CLOUD_CONTEXT',
      `The context value kubernetes-cluster is ${JSON.stringify(cluster)}, which is no name of a cluster.`,
      'Write -c kubernetes-cluster=analytics.',
    );
  return {
    ...(subnets === undefined || securityGroups === undefined
      ? {}
      : { network: { subnets, securityGroups, publicIp: String(get('public-ip') ?? false) === 'true' } }),
    ...(typeof cluster === 'string' ? { kubernetesCluster: cluster } : {}),
  };
}

function idsOf(key: string, kind: string, value: unknown): readonly string[] | undefined {
  if (value === undefined) return undefined;
  const ids = Array.isArray(value) ? value.map(String) : String(value).split(',');
  if (ids.length > 0 && ids.every((id) => new RegExp(`^${kind}-[0-9a-f]+$`).test(id))) return ids;
  throw new SynthesisError(
    'CLOUD_CONTEXT',
    `The context value ${key} is ${JSON.stringify(value)}.`,
    `Write the ids with commas between: -c ${key}=${kind}-0a1b2c3d.`,
  );
}
