import type { Diagnostic } from '../diagnostic';
import { upstreamOf } from '../edges';
import type { PipelineModel } from '../pipeline';

/** A task must not wait for itself, however far round. The message shows the circle. */
export function checkCycles(model: PipelineModel): Diagnostic[] {
  const tasks = new Map(model.tasks.map((task) => [task.id, task]));
  const done = new Set<string>();
  const found: Diagnostic[] = [];
  const visit = (id: string, trail: readonly string[]): void => {
    const at = trail.indexOf(id);
    if (at >= 0) {
      const circle = [...trail.slice(at), id].reverse();
      found.push({
        code: 'MR130',
        severity: 'error',
        path: `${model.id} / ${id}`,
        message: `The tasks wait for each other in a circle: ${circle.join(' -> ')}.`,
        hint: 'Take one of these dependencies away.',
      });
      return;
    }
    const task = tasks.get(id);
    if (task === undefined || done.has(id)) return;
    for (const up of upstreamOf(task)) visit(up, [...trail, id]);
    done.add(id);
  };
  for (const id of tasks.keys()) visit(id, []);
  return found;
}
