/** What a pipeline runs in containers: a definition for each task. */
import type { Access } from '../model/access';
import type { Compute, LocalCommand } from '../model/compute';
import { withMapped } from '../model/edges';
import type { PipelineModel } from '../model/pipeline';
import type { PythonTask } from '../model/python-task';
import type { ContainerTask, ContractTask, TaskNode } from '../model/task-node';
import { substitutionOf } from './names';

export type JobTask = ContainerTask | (ContractTask & { readonly compute: Compute });

export interface JobSpec {
  /** `job-train-forest`; also in the names of its definition and its log group. */
  readonly key: string;
  /** `JobTrainForest`: begins the tokens in the definition that stand for what is made of it. */
  readonly substitution: string;
  readonly task: string;
  readonly compute: Compute;
  readonly access: readonly Access[];
  readonly timeoutSeconds: number;
  readonly runs:
    | {
        readonly kind: 'image';
        readonly image: string;
        readonly command: readonly string[];
        readonly local?: LocalCommand;
      }
    | {
        readonly kind: 'handler';
        readonly handler: string;
        readonly contract: string;
        readonly native: readonly string[];
        /** Present when its handler is Python. */
        readonly python?: PythonTask;
      };
}

export function isJob(task: TaskNode): task is JobTask {
  return task.kind === 'container' || (task.kind === 'task' && task.compute !== undefined);
}

export function jobsOf(model: PipelineModel): JobSpec[] {
  return withMapped(model.tasks)
    .filter(isJob)
    .map((task) => jobOf(model.id, task));
}

function jobOf(pipeline: string, task: JobTask): JobSpec {
  return {
    key: jobKeyOf(task.id),
    substitution: jobSubstitutionOf(task.id),
    task: task.id,
    compute: task.compute,
    access: task.access.map((access) =>
      access.store === 'objects'
        ? { ...access, prefix: access.prefix.replaceAll('{pipeline}', pipeline) }
        : access,
    ),
    timeoutSeconds: task.timeoutSeconds,
    runs:
      task.kind === 'task'
        ? {
            kind: 'handler',
            handler: task.handler,
            contract: task.contract,
            native: task.native,
            ...(task.python === undefined ? {} : { python: task.python }),
          }
        : {
            kind: 'image',
            image: task.image,
            command: task.command,
            ...(task.local === undefined ? {} : { local: task.local }),
          },
  };
}

function jobKeyOf(id: string): string {
  return `job-${id.replace(/[^A-Za-z0-9]+/g, '-')}`;
}

export function jobSubstitutionOf(id: string): string {
  return substitutionOf(jobKeyOf(id)).replace(/^Fn/, '');
}
