import { z } from 'zod';
import type { Access } from '../model/access';
import type { ComputeService } from '../model/compute';
import type { JsonObject } from '../model/json';
import { addStep } from './base';
import { currentBuilder } from './builder';
import { callPlace } from './call-place';
import { isRef, toValue, type InputArg } from './ref';
import { CONTAINER_TIMEOUT_SECONDS, sized, type ContainerSize } from './runs-on';
import type { TaskHandle } from './task';
import { workOf, type CacheOption, type WorkOptions } from './work-options';

type Scalar = string | number | boolean;

export interface ContainerOptions<Output extends z.ZodType> extends WorkOptions, CacheOption, ContainerSize {
  readonly runsOn: ComputeService;
  readonly image: string;
  /** Instead of the entry point of the image; Batch puts it before the arguments. Constant. @default the image's */
  readonly command?: readonly string[];
  /** Arguments of the command; references become their values. @default the image's */
  readonly args?: readonly InputArg<Scalar>[];
  /** Variables; references become their values, lists and objects their JSON. @default none */
  readonly environment?: InputArg<Readonly<Record<string, unknown>>>;
  /** What the container reads at `$MILLRACE_INPUT_URI`, JSON. @default {} */
  readonly input?: InputArg<Readonly<Record<string, unknown>>>;
  /** What it writes to `$MILLRACE_OUTPUT_URI`, JSON. @default anything, or nothing, which is null */
  readonly output?: Output;
  /** @default 2048 */
  readonly memoryMb?: number;
  /** What the image is made for; on Fargate. @default that of the functions, arm64 unless the context says otherwise */
  readonly architecture?: 'arm64' | 'x86_64';
  /** SageMaker: `ml.m5.xlarge`; it decides on processors, memory and GPUs. */
  readonly instanceType?: string;
  /** Seconds until the job is stopped. @default the pipeline's, else 24 hours */
  readonly timeout?: number;
  /** What the container may touch besides its input and output. @default nothing */
  readonly access?: readonly Access[];
  /** An exit code that ends the task as skipped. @default none */
  readonly skipOnExitCode?: number;
  /**
   * What is run in its place on a machine without a container engine; `cwd` is relative to the project. With the arguments
   * `check` it only finds out whether it can: when it ends with another code than 0, `millrace run` starts nothing, and tells
   * what it wrote to stderr.
   */
  readonly local?: {
    readonly command: string;
    readonly args?: readonly string[];
    readonly cwd?: string;
    readonly check?: readonly string[];
  };
}

/** Runs a container to its end. */
export function container<Output extends z.ZodType = z.ZodType>(
  id: string,
  options: ContainerOptions<Output>,
): TaskHandle<z.output<Output>> {
  const builder = currentBuilder(`container('${id}')`);
  const { defaults } = builder;
  const { args = [], command = [], local } = options;
  refuseSplicing(id, command, args);
  return addStep('container', id, options, (base) => ({
    ...base,
    kind: 'container',
    image: options.image,
    command,
    arguments: toValue(args),
    environment: toValue(options.environment ?? {}),
    input: toValue(options.input ?? {}),
    outputSchema:
      options.output === undefined
        ? {}
        : (z.toJSONSchema(options.output, { io: 'output', unrepresentable: 'any' }) as JsonObject),
    compute: {
      ...sized(options.runsOn, options.memoryMb ?? 2048, options),
      ...(options.architecture === undefined ? {} : { architecture: options.architecture }),
      ...(options.instanceType === undefined ? {} : { instanceType: options.instanceType }),
    },
    access: options.access ?? [],
    timeoutSeconds: options.timeout ?? defaults.timeoutSeconds ?? CONTAINER_TIMEOUT_SECONDS,
    ...workOf(defaults.retry, options),
    ...(options.skipOnExitCode === undefined ? {} : { skipOnExitCode: options.skipOnExitCode }),
    ...(local === undefined ? {} : { local: { args: [], ...local } }),
  }));
}

/** What a shell reads as code must not come from a value. */
function refuseSplicing(id: string, command: readonly string[], args: readonly unknown[]): void {
  const shell = [...command, ...args].some(
    (word) => typeof word === 'string' && /^-[a-z]*c[a-z]*$/.test(word),
  );
  if (shell && args.some(isRef))
    throw new TypeError(
      `An argument of container('${id}') is a reference beside '-c', where a shell would read its value as code (${callPlace()}): pass it in environment and write "$NAME" in the command.`,
    );
}
