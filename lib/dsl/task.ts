import { z } from 'zod';
import type { TrackingMode } from '../model/python-task';
import type { JsonObject } from '../model/json';
import type { ContractTask } from '../model/task-node';
import { upstreamOf } from '../model/edges';
import type { Contract } from '../tasks/contract';
import { currentBuilder } from './builder';
import { callPlace } from './call-place';
import { pythonPartOf } from './python-task';
import { refTo, toValue, type InputArg, type Ref } from './ref';
import { computeOf, CONTAINER_TIMEOUT_SECONDS, type RunsOnOption } from './runs-on';
import type { AnyTask } from './step-options';
import { usesOf } from './uses';
import { workOf, type CacheOption, type WorkOptions } from './work-options';

export interface TaskOptions extends WorkOptions, CacheOption {
  /** Where the handler runs. In a container there is no limit of 15 minutes. @default lambda */
  readonly runsOn?: RunsOnOption;
  /** Seconds an attempt may take; at most 900 on Lambda. @default the pipeline's, else the contract's, in containers 24 hours */
  readonly timeout?: number;
  /** @default the contract's */
  readonly memoryMb?: number;
  /** Size of `/tmp`. @default the contract's */
  readonly ephemeralMb?: number;
  readonly environment?: Readonly<Record<string, string>>;
  /** For Python: whether a tracking store that does not answer fails the task. @default 'required': it does */
  readonly tracking?: TrackingMode;
}

export type { AnyTask };

/** A task in a pipeline: its outputs are members, its order is set with `after`. */
export type TaskHandle<Output> = AnyTask & {
  after(...tasks: readonly AnyTask[]): TaskHandle<Output>;
} & Ref<Output>;

/** Makes a builder from a contract: `const ingest = task(ingestCsv)`, then `ingest('ingest', { source: … })`. */
export function task<C extends Contract>(contract: C) {
  return (
    id: string,
    input: InputArg<z.input<C['input']>>,
    options: TaskOptions = {},
  ): TaskHandle<z.output<C['output']>> => addContractTask(contract, id, input, options);
}

/** What some kinds of tasks have besides. */
export type ContractTaskExtras = Partial<Pick<ContractTask, 'access' | 'poke' | 'uses'>>;

export function addContractTask<C extends Contract>(
  contract: C,
  id: string,
  input: InputArg<z.input<C['input']>>,
  options: TaskOptions,
  extras: ContractTaskExtras = {},
): TaskHandle<z.output<C['output']>> {
  const builder = currentBuilder(`${contract.name}('${id}')`);
  const taskId = builder.qualify(id);
  const group = builder.group;
  const memoryMb = options.memoryMb ?? contract.memoryMb;
  const compute = computeOf(options.runsOn, memoryMb);
  const timeoutSeconds =
    options.timeout ??
    builder.defaults.timeoutSeconds ??
    (compute === undefined ? contract.timeoutSeconds : CONTAINER_TIMEOUT_SECONDS);
  const node: ContractTask = {
    kind: 'task',
    id: taskId,
    ...(group === undefined ? {} : { group }),
    after: (options.after ?? []).map((other) => other.taskId),
    triggerRule: options.triggerRule ?? 'all_success',
    docs: options.docs ?? contract.summary,
    place: callPlace(),
    contract: contract.name,
    handler: contract.handler,
    native: contract.native,
    access: contract.access,
    ...usesOf(contract),
    input: toValue(input),
    inputSchema: schemaOf(contract.input, 'input'),
    outputSchema: schemaOf(contract.output, 'output'),
    ...workOf(builder.defaults.retry, options),
    timeoutSeconds,
    memoryMb,
    ...(compute === undefined ? {} : { compute }),
    ephemeralMb: options.ephemeralMb ?? contract.ephemeralMb,
    environment: options.environment ?? {},
    ...(contract.skips ? { skips: true } : {}),
    ...pythonPartOf(contract, options.tracking),
    ...(options.tracking === undefined ? {} : { tracking: options.tracking }),
    ...extras,
  };
  builder.add(node, upstreamOf(node));
  return handleOf<z.output<C['output']>>(taskId);
}

export function handleOf<Output>(taskId: string): TaskHandle<Output> {
  const output = refTo<Output>({ kind: 'output', task: taskId, path: [] });
  const handle: TaskHandle<Output> = new Proxy(output as object, {
    get(target, key): unknown {
      if (key === 'taskId') return taskId;
      if (key === 'after') {
        return (...tasks: readonly AnyTask[]) => {
          currentBuilder('.after()').addAfter(
            taskId,
            tasks.map((other) => other.taskId),
          );
          return handle;
        };
      }
      return Reflect.get(target, key) as unknown;
    },
    has: (target, key) => key === 'taskId' || Reflect.has(target, key),
  }) as unknown as TaskHandle<Output>;
  return handle;
}

const schemas = new WeakMap<z.ZodType, JsonObject>();

/** JSON Schema of a contract's side; made once per schema. */
function schemaOf(schema: z.ZodType, io: 'input' | 'output'): JsonObject {
  const known = schemas.get(schema);
  if (known !== undefined) return known;
  const made = z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as JsonObject;
  schemas.set(schema, made);
  return made;
}
