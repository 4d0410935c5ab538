/** The Lambda functions of a pipeline: tasks with the same contract and the same settings share one. */
import { createHash } from 'node:crypto';
import type { Access } from '../model/access';
import { alertsOf, channelsOf } from '../model/alerts-of';
import { withMapped } from '../model/edges';
import type { PipelineModel } from '../model/pipeline';
import type { PythonTask } from '../model/python-task';
import type { ContractTask } from '../model/task-node';
import { substitutionOf } from './names';

export interface FunctionSpec {
  /** Contract name, with a short hash when the contract is used with several settings. */
  readonly key: string;
  /** `FnIngestCsv`: the token `${FnIngestCsv}` in the definition stands for the function's ARN. */
  readonly substitution: string;
  readonly contract: string;
  readonly handler: string;
  readonly memoryMb: number;
  readonly ephemeralMb: number;
  readonly timeoutSeconds: number;
  readonly native: readonly string[];
  readonly access: readonly Access[];
  readonly environment: { readonly [name: string]: string };
  /** Present when its handler is Python. */
  readonly python?: PythonTask;
  readonly tasks: readonly string[];
}

/** Functions of the tasks, and of the tasks that are called for alerts. */
export function functionsOf(model: PipelineModel): FunctionSpec[] {
  return [...taskFunctionsOf(model), ...callbackFunctionsOf(model)];
}

/** The notifier may invoke functions with such names, and no others. */
export function callbackKey(contract: string): string {
  return `callback-${contract}`;
}

function callbackFunctionsOf(model: PipelineModel): FunctionSpec[] {
  const found = new Map<string, FunctionSpec>();
  for (const channel of channelsOf(alertsOf(model) ?? {})) {
    if (channel.kind !== 'task' || channel.settings === undefined) continue;
    const key = callbackKey(channel.contract);
    const { uses: _uses, ...settings } = channel.settings;
    found.set(key, {
      key,
      substitution: substitutionOf(key),
      contract: channel.contract,
      ...settings,
      access: accessIn(model, settings.access),
      environment: {},
      tasks: [],
    });
  }
  return [...found.values()];
}

function accessIn(model: Pick<PipelineModel, 'id'>, access: readonly Access[]): Access[] {
  return access.map((one) =>
    one.store === 'objects' ? { ...one, prefix: one.prefix.replaceAll('{pipeline}', model.id) } : one,
  );
}

function taskFunctionsOf(model: PipelineModel): FunctionSpec[] {
  const groups = new Map<string, ContractTask[]>();
  for (const task of withMapped(model.tasks)) {
    if (task.kind !== 'task' || task.compute !== undefined) continue;
    const settings = settingsOf(task);
    groups.set(settings, [...(groups.get(settings) ?? []), task]);
  }
  const uses = new Map<string, number>();
  for (const [first] of groups.values())
    if (first) uses.set(first.contract, (uses.get(first.contract) ?? 0) + 1);
  return [...groups].flatMap(([settings, tasks]) => {
    const [first] = tasks;
    if (first === undefined) return [];
    const hash = createHash('sha256').update(settings).digest('hex').slice(0, 6);
    const key = (uses.get(first.contract) ?? 0) > 1 ? `${first.contract}-${hash}` : first.contract;
    return [
      {
        key,
        substitution: substitutionOf(key),
        contract: first.contract,
        handler: first.handler,
        memoryMb: first.memoryMb,
        ephemeralMb: first.ephemeralMb,
        timeoutSeconds: first.timeoutSeconds,
        native: first.native,
        access: accessIn(model, first.access),
        environment: first.environment,
        ...(first.python === undefined ? {} : { python: first.python }),
        tasks: tasks.map((task) => task.id),
      },
    ];
  });
}

function settingsOf(task: ContractTask): string {
  return JSON.stringify([
    task.contract,
    task.handler,
    task.memoryMb,
    task.ephemeralMb,
    task.timeoutSeconds,
    task.native,
    task.access,
    Object.entries(task.environment).sort(),
    ...(task.python?.tracking === undefined ? [] : [task.python.tracking]),
  ]);
}
