import type { CommandDefinition, GlobalOptions } from '../command-context';
import { withConnection } from '../with-connection';

export const logsCommand: CommandDefinition = (program, { output }) => {
  program
    .command('logs')
    .argument('<run>', "id of the run, or 'latest'")
    .argument('[task]', 'only this task, e.g. train/random-forest')
    .description('what the tasks of a run logged, in order')
    .option('--raw', 'the log lines as they were written')
    .addHelpText(
      'after',
      '\nExamples:\n  millrace logs latest\n  millrace logs latest train/random-forest --raw',
    )
    .action(async (runId: string, task: string | undefined, options: { raw?: boolean }, command) => {
      const globals = command.optsWithGlobals() as GlobalOptions;
      await withConnection(globals, output, { deploy: false }, async (connection) => {
        const { requireRun } = require('../run-queries') as typeof import('../run-queries');
        const { readRunLogs } = require('../run-logs') as typeof import('../run-logs');
        const run = await requireRun(connection, runId);
        const lines = await readRunLogs(connection, run, task);
        output.result(lines);
        for (const line of lines) {
          if (options.raw === true) output.line(line.message);
          else
            output.line(
              `${output.color.dim(line.time.slice(11, 23))} ${line.task} ${line.level} ${line.text}`,
            );
        }
        if (lines.length === 0) output.progress('No log lines.');
      });
    });
};
