import { taskHandler } from '../../lib/runtime/task-handler';
import { shell } from '../../lib/tasks/shell';
import { runCommand } from './run-command';

export const handler = taskHandler(shell, async ({ command, environment }, context) =>
  runCommand({
    command,
    environment: {
      MILLRACE_RUN: context.run.id,
      MILLRACE_TASK: context.task,
      MILLRACE_DS: context.run.ds,
      ...Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, String(value)])),
    },
    directory: await context.tmp(),
    signal: context.signal,
    line: (text, stream) => (stream === 'stdout' ? context.log.info(text) : context.log.warn(text)),
  }),
);
