/** What the states of a machine do besides invoking the pipeline's functions: what its role has to allow. */
import { withMapped } from '../model/edges';
import type { PipelineModel } from '../model/pipeline';
import type { Permission } from '../model/task-node';
import { jobsOf, type JobSpec } from './jobs';

export type Integration =
  /** Iterations that are executions of their own. */
  | { readonly kind: 'distributed-map' }
  /** Items of the orchestration table that persons answer. */
  | { readonly kind: 'approval' }
  /** Slots of pools, which the launcher gives. */
  | { readonly kind: 'pool' }
  /** Runs of another pipeline: through the launcher, or started and waited for by the machine itself. */
  | { readonly kind: 'trigger'; readonly pipeline: string; readonly wait: boolean }
  /** Containers. */
  | { readonly kind: 'job'; readonly job: JobSpec }
  /** Calls of AWS services. */
  | { readonly kind: 'call'; readonly task: string; readonly permissions: readonly Permission[] };

export function integrationsOf(model: PipelineModel): Integration[] {
  const tasks = withMapped(model.tasks);
  const found: Integration[] = [];
  if (tasks.some((task) => task.kind === 'map' && task.mode === 'distributed'))
    found.push({ kind: 'distributed-map' });
  if (tasks.some((task) => task.kind === 'approval')) found.push({ kind: 'approval' });
  if (tasks.some((task) => task.kind === 'task' && task.pool !== undefined)) found.push({ kind: 'pool' });
  for (const task of tasks) {
    if (task.kind === 'trigger') found.push({ kind: 'trigger', pipeline: task.pipeline, wait: task.wait });
    if (task.kind === 'call') found.push({ kind: 'call', task: task.id, permissions: task.permissions });
  }
  for (const job of jobsOf(model)) found.push({ kind: 'job', job });
  return found;
}
