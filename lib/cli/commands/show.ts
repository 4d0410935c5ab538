import type { CommandDefinition, GlobalOptions } from '../command-context';
import { EXIT } from '../cli-error';
import { withConnection } from '../with-connection';

export const showCommand: CommandDefinition = (program, { output, exit }) => {
  program
    .command('show')
    .argument('<run>', "id of the run, or 'latest'")
    .argument('[task]', 'only this task, with its output, e.g. train/random-forest')
    .description('one run: its tasks, attempts, durations, errors')
    .addHelpText(
      'after',
      '\nExamples:\n  millrace show latest\n  millrace show latest evaluate --json\n  millrace show credit-risk--manual--20261121T045501Z-1f3a --json',
    )
    .action(async (runId: string, task: string | undefined, _options, command) => {
      const globals = command.optsWithGlobals() as GlobalOptions;
      await withConnection(globals, output, { deploy: false }, async (connection) => {
        const { requireRun } = require('../run-queries') as typeof import('../run-queries');
        const { printRunEnd } = require('../render/run-end') as typeof import('../render/run-end');
        const run = await requireRun(connection, runId);
        if (task === undefined) {
          output.result(run);
          printRunEnd(output, run);
        } else {
          const { requireTask } = require('../require-task') as typeof import('../require-task');
          const shown = requireTask(run, task);
          output.result(shown);
          printRunEnd(output, { ...run, tasks: [shown], result: shown.out });
        }
        if (run.status !== 'success' && run.status !== 'running') exit(EXIT.failed);
      });
    });
};
