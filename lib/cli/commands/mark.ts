import type { CommandDefinition, GlobalOptions } from '../command-context';
import { parseJsonOption } from '../json-option';
import { withConnection } from '../with-connection';

interface Options {
  readonly out?: string;
  readonly why?: string;
}

export const markCommand: CommandDefinition = (program, { output }) => {
  program
    .command('mark')
    .argument('<run>', "id of a run that has ended, or 'latest'")
    .argument('<task>', 'id of the task')
    .argument('<status>', 'success or failed')
    .description('say how a task of a run is to count from now on')
    .option('--out <json>', 'output of a task that is marked as success')
    .option('--why <text>', 'kept in the audit of the run')
    .addHelpText('after', '\nExample:\n  millrace mark latest alert success --why "told by phone"')
    .action(async (runId: string, task: string, status: string, options: Options, command) => {
      const globals = command.optsWithGlobals() as GlobalOptions;
      const out =
        options.out === undefined ? undefined : parseJsonOption(options.out, '--out', '{"rows": 10}');
      await withConnection(globals, output, { deploy: false }, async (connection) => {
        const { requireRun } = require('../run-queries') as typeof import('../run-queries');
        const { askLauncher, currentUser } = require('../ask-launcher') as typeof import('../ask-launcher');
        const run = await requireRun(connection, runId);
        await askLauncher(
          connection.stage,
          {
            action: 'mark',
            runId: run.runId,
            task,
            status,
            by: currentUser(),
            ...(out === undefined ? {} : { out }),
            ...(options.why === undefined ? {} : { why: options.why }),
          },
          run.runId,
        );
        output.result({ runId: run.runId, task, status });
        output.line(`${task} of ${run.runId} counts as ${status}. Go on with: millrace rerun ${run.runId}`);
      });
    });
};
