/** `runsOn` of TypeScript tasks: the same handler with the same contract, in a container instead of a function. */
import type { Compute } from '../model/compute';
import { hours } from './durations';

export type RunsOn = 'lambda' | 'fargate' | 'batch' | 'kubernetes';

/** The word, or the word with what differs from the defaults. */
export type RunsOnOption = RunsOn | (ContainerSize & { readonly on: Exclude<RunsOn, 'lambda'> });

export interface ContainerSize {
  /** vCPUs. @default as many as Lambda gives with that memory, at least 1 */
  readonly cpu?: number;
  /** Batch and Kubernetes. @default 0 */
  readonly gpu?: number;
  /** Disk, GiB. @default 20 */
  readonly diskGb?: number;
  /** Tags of the job; labels on Kubernetes. @default none */
  readonly labels?: Readonly<Record<string, string>>;
  /** Kubernetes. @default default */
  readonly namespace?: string;
  /** Kubernetes: whose AWS role the container has. @default the namespace's */
  readonly serviceAccount?: string;
}

/** Of what runs in containers: no limit of Lambda applies. */
export const CONTAINER_TIMEOUT_SECONDS = hours(24);

/** Lambda gives a vCPU per 1,769 MB. */
const MB_PER_VCPU = 1769;

export function computeOf(option: RunsOnOption | undefined, memoryMb: number): Compute | undefined {
  if (option === undefined || option === 'lambda') return undefined;
  const { on, ...size } = typeof option === 'string' ? { on: option } : option;
  return sized(on, memoryMb, size);
}

export function sized(service: Compute['service'], memoryMb: number, size: ContainerSize): Compute {
  return {
    service,
    cpu: size.cpu ?? Math.max(1, Math.round(memoryMb / MB_PER_VCPU)),
    memoryMb,
    gpu: size.gpu ?? 0,
    diskGb: size.diskGb ?? 20,
    labels: { ...size.labels },
    ...(size.namespace === undefined ? {} : { namespace: size.namespace }),
    ...(size.serviceAccount === undefined ? {} : { serviceAccount: size.serviceAccount }),
  };
}
