import type { Diagnostic } from '../diagnostic';
import { withMapped } from '../edges';
import type { PipelineModel } from '../pipeline';
import { isWork } from '../task-node';

/** An earlier result will do for a length of time, and not for a question. */
export function checkCache(model: PipelineModel): Diagnostic[] {
  return withMapped(model.tasks).flatMap((task): Diagnostic[] => {
    if (!isWork(task) || task.cache === undefined) return [];
    const path = `${model.id} / ${task.id}`;
    const { seconds } = task.cache;
    if (!(seconds > 0 && Number.isFinite(seconds)))
      return [
        {
          code: 'MR250',
          severity: 'error',
          path,
          message: `It keeps its result for ${seconds} s.`,
          hint: 'Give a length of time: cache: { for: days(7) }.',
        },
      ];
    if (task.kind === 'task' && task.poke !== undefined)
      return [
        {
          code: 'MR251',
          severity: 'error',
          path,
          message: 'It is a sensor: what it asks for may have changed since an earlier run.',
          hint: 'Leave out cache.',
        },
      ];
    return [];
  });
}
