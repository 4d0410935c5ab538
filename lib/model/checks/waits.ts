import type { Diagnostic } from '../diagnostic';
import { withMapped } from '../edges';
import type { PipelineModel } from '../pipeline';
import { errorsOf } from './errors-of';

/** A Wait state waits at most a year; every question of a sensor costs events of the 25,000 of an execution. */
const YEAR_SECONDS = 31_536_000;
const MAX_POKES = 5000;

export function checkWaits(model: PipelineModel): Diagnostic[] {
  return withMapped(model.tasks).flatMap((task) => {
    const { found, add } = errorsOf(model, task);
    if (task.kind === 'wait' && task.time.kind === 'literal') {
      const { value } = task.time;
      if (task.until === 'elapsed') {
        if (!Number.isInteger(value) || Number(value) < 1 || Number(value) > YEAR_SECONDS)
          add('MR200', `It waits ${String(value)} s.`, 'Give whole seconds from 1 to a year.');
      } else if (!isInstant(value))
        add(
          'MR201',
          `It waits until '${String(value)}', which is no instant.`,
          "Write it like '2026-11-21T06:00:00Z'.",
        );
    }
    if (task.kind === 'task' && task.poke !== undefined) {
      const { intervalSeconds, timeoutSeconds } = task.poke;
      if (!Number.isInteger(intervalSeconds) || intervalSeconds < 1)
        add('MR202', `Its pokeInterval is ${intervalSeconds} s.`, 'Give whole seconds from 1.');
      else if (!(timeoutSeconds >= intervalSeconds))
        add(
          'MR203',
          `It waits ${timeoutSeconds} s and asks every ${intervalSeconds} s.`,
          'Let the timeout be at least as long as the pokeInterval.',
        );
      else if (timeoutSeconds / intervalSeconds > MAX_POKES)
        add(
          'MR204',
          `It would ask ${Math.ceil(timeoutSeconds / intervalSeconds)} times; ${MAX_POKES} is the limit, as each question is part of the history of the execution.`,
          'Ask less often, or wait less long.',
        );
    }
    return found;
  });
}

function isInstant(value: unknown): boolean {
  return (
    typeof value === 'string' &&
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(value) &&
    !Number.isNaN(Date.parse(value))
  );
}
