/** What the states of a machine do besides invoking the pipeline's functions: what its role has to allow. */
import { withMapped } from '../model/edges';
import type { PipelineModel } from '../model/pipeline';

export type Integration =
  /** Iterations that are executions of their own. */
  | { readonly kind: 'distributed-map' }
  /** Items of the orchestration table that persons answer. */
  | { readonly kind: 'approval' };

export function integrationsOf(model: PipelineModel): Integration[] {
  const tasks = withMapped(model.tasks);
  const found: Integration[] = [];
  if (tasks.some((task) => task.kind === 'map' && task.mode === 'distributed'))
    found.push({ kind: 'distributed-map' });
  if (tasks.some((task) => task.kind === 'approval')) found.push({ kind: 'approval' });
  return found;
}
