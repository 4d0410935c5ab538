import type { Diagnostic } from '../diagnostic';
import { withMapped } from '../edges';
import type { PipelineModel } from '../pipeline';
import { isWork } from '../task-node';

/** A pool has a name and slots, one size, and no task wants more than there are. */
export function checkPools(model: PipelineModel): Diagnostic[] {
  const found: Diagnostic[] = [];
  const limit = (path: string, what: string, given: number | undefined) => {
    if (given !== undefined && !(Number.isInteger(given) && given >= 1))
      found.push({
        code: 'MR263',
        severity: 'error',
        path,
        message: `Its ${what} is ${given}.`,
        hint: 'Give a whole number from 1, or leave it out.',
      });
  };
  limit(model.id, 'maxActiveTasks', model.maxActiveTasks);
  const sizes = new Map<string, number>();
  for (const task of withMapped(model.tasks)) {
    if (!isWork(task)) continue;
    limit(`${model.id} / ${task.id}`, 'maxActive', task.maxActive);
    if (task.pool === undefined) continue;
    const { name, size, slots } = task.pool;
    const add = (code: string, message: string, hint: string) =>
      found.push({ code, severity: 'error', path: `${model.id} / ${task.id}`, message, hint });
    if (!/^[\w.-]{1,80}$/.test(name))
      add('MR260', `'${name}' is no name of a pool.`, 'Letters, digits, dots, hyphens and underscores.');
    if (!Number.isInteger(size) || size < 1 || !Number.isInteger(slots) || slots < 1 || slots > size)
      add(
        'MR261',
        `It takes ${slots} of the ${size} slots of the pool '${name}'.`,
        'Give whole numbers from 1, and not more than the pool has.',
      );
    if ((sizes.get(name) ?? size) !== size)
      add(
        'MR262',
        `The pool '${name}' has ${size} slots here and ${sizes.get(name) ?? 0} in another task.`,
        'Define the pool once, and import it: const warehouse = pool(…).',
      );
    sizes.set(name, size);
  }
  return found;
}
