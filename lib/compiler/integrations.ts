/** What the states of a machine do besides invoking the pipeline's functions: what its role has to allow. */
import { withMapped } from '../model/edges';
import type { PipelineModel } from '../model/pipeline';

export type Integration =
  /** Iterations that are executions of their own. */
  { readonly kind: 'distributed-map' };

export function integrationsOf(model: PipelineModel): Integration[] {
  const tasks = withMapped(model.tasks);
  return tasks.some((task) => task.kind === 'map' && task.mode === 'distributed')
    ? [{ kind: 'distributed-map' }]
    : [];
}
