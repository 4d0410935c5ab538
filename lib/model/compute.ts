/** Where a task runs that is no Lambda function, and how much of it. */
export type ComputeService = 'fargate' | 'batch' | 'sagemaker' | 'kubernetes';

export interface Compute {
  readonly service: ComputeService;
  /** vCPUs. */
  readonly cpu: number;
  readonly memoryMb: number;
  /** GPUs; Batch and Kubernetes. */
  readonly gpu: number;
  /** Disk, GiB. */
  readonly diskGb: number;
  /** What the image is made for. @default that of the functions */
  readonly architecture?: 'arm64' | 'x86_64';
  /** Tags of the job, labels on Kubernetes. */
  readonly labels: { readonly [name: string]: string };
  /** Kubernetes only. */
  readonly namespace?: string;
  readonly serviceAccount?: string;
  /** SageMaker only: `ml.m5.xlarge`. */
  readonly instanceType?: string;
}

/** What is run in the place of a container where there is no container engine. */
export interface LocalCommand {
  readonly command: string;
  readonly args: readonly string[];
  /** Relative to the project. @default the project */
  readonly cwd?: string;
  /** Arguments with which it only finds out whether it can run here, and says on stderr what is missing. */
  readonly check?: readonly string[];
}

export interface FargateSize {
  /** vCPUs. */
  readonly cpu: number;
  readonly memoryMb: number;
}

const range = (from: number, to: number, step: number): number[] =>
  Array.from({ length: Math.round((to - from) / step) + 1 }, (_, i) => from + i * step);

/**
 * What Fargate offers, vCPUs with GiB of memory:
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html#fargate-tasks-size
 */
const SIZES: readonly (readonly [cpu: number, memoryGb: readonly number[]])[] = [
  [0.25, [0.5, 1, 2]],
  [0.5, range(1, 4, 1)],
  [1, range(2, 8, 1)],
  [2, range(4, 16, 1)],
  [4, range(8, 30, 1)],
  [8, range(16, 60, 4)],
  [16, range(32, 120, 8)],
];

/** The smallest size that has at least so much; nothing when there is none. */
export function fargateSize(cpu: number, memoryMb: number): FargateSize | undefined {
  for (const [vcpus, memories] of SIZES) {
    if (vcpus < cpu) continue;
    const memory = memories.find((gb) => gb * 1024 >= memoryMb);
    if (memory !== undefined) return { cpu: vcpus, memoryMb: memory * 1024 };
  }
  return undefined;
}
