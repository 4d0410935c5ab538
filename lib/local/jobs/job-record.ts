/** A job as the services of this machine know it. */
export type JobServiceName = 'ecs' | 'batch' | 'sagemaker' | 'eks';

export interface JobRequest {
  readonly service: JobServiceName;
  readonly name: string;
  /** Name of the machine that asks, and the task it asks for, as its metadata knows it. */
  readonly machine: string;
  readonly task: string;
  readonly image: string;
  /** Instead of the entry point of the image. */
  readonly entryPoint: readonly string[];
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly roleArn: string;
  readonly gpu: number;
  readonly logGroup: string;
  readonly logStream: string;
  /** By what a service finds it besides its name: family, queue, namespace. */
  readonly place: string;
  readonly maxSeconds?: number;
}

export interface JobRecord {
  readonly id: string;
  readonly service: JobServiceName;
  readonly name: string;
  readonly place: string;
  readonly image: string;
  readonly status: 'RUNNING' | 'SUCCEEDED' | 'FAILED';
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly stoppedAt?: number;
  readonly exitCode?: number;
  readonly reason?: string;
  readonly logGroup: string;
  readonly logStream: string;
  /** Of the process group on this machine. */
  readonly pid?: number;
  /** When that process began, as the system says it: another process may get the number later. */
  readonly pidSince?: string;
}

/** What stands in for a container on this machine; from the metadata of the machine's resource. */
export type LocalStandIn =
  | { readonly command: string; readonly args?: readonly string[]; readonly cwd?: string }
  /** The handler of a task: its bundle, which the command of the container loads. */
  | { readonly bundle: string; readonly native?: boolean; readonly python?: boolean };
