import type { Output } from '../output';
import type { RunView } from '../run-view';
import { formatDuration } from './duration';
import { renderTaskTree } from './task-tree';

/** The whole story of a run: head, tasks, and for each failed task the error. */
export function printRunEnd(output: Output, run: RunView): void {
  const { color } = output;
  const took =
    run.endedAt === undefined
      ? ''
      : ` in ${formatDuration(Date.parse(run.endedAt) - Date.parse(run.startedAt))}`;
  const status =
    run.status === 'success'
      ? color.green(run.status)
      : run.status === 'running'
        ? color.cyan(run.status)
        : color.red(run.status);
  const version = run.version === undefined ? '' : color.dim(`  version ${run.version}`);
  output.line(`${color.bold(run.runId)}  ${status}${took}${version}`);
  for (const line of renderTaskTree(run.tasks, Date.now(), color)) output.line(line);
  for (const task of run.tasks) {
    if (task.error === undefined || task.state !== 'failed') continue;
    output.line();
    output.line(`${color.red('failed')} ${task.id}: ${task.error.name}`);
    for (const line of task.error.message.split('\n')) output.line(`  ${line}`);
    output.line(`  ${color.dim('log')} millrace logs ${run.runId} ${task.id}`);
  }
  if (run.result !== undefined) output.line(`\n${color.dim('result')} ${JSON.stringify(run.result)}`);
  if (run.status !== 'success' && run.message !== undefined && run.message !== '')
    output.line(`\n${run.message}`);
}
