import { didYouMean } from '../model/suggest';
import { CliError, EXIT } from './cli-error';
import type { RunTaskView, RunView } from './run-view';

/** @throws CliError for a task that the run does not have, with the nearest one */
export function requireTask(run: Pick<RunView, 'tasks'>, task: string): RunTaskView {
  const found = run.tasks.find(({ id }) => id === task);
  if (found !== undefined) return found;
  const ids = run.tasks.map(({ id }) => id);
  throw new CliError(`The run has no task '${task}'.`, {
    code: EXIT.usage,
    remedy: `${didYouMean(task, ids)}Tasks: ${ids.join(', ')}.`,
  });
}
