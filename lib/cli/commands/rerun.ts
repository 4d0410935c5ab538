import { Option } from 'commander';
import { EXIT } from '../cli-error';
import type { CommandDefinition, GlobalOptions } from '../command-context';
import type { Connection } from '../connect';
import type { RunView } from '../run-view';
import { withConnection } from '../with-connection';

interface Options {
  readonly why?: string;
  readonly only?: boolean;
  readonly code: string;
  readonly wait: boolean;
}

/** Whether a rerun takes the definition and the functions of the run, or those that are live. */
function codeOption(): Option {
  return new Option('--code <when>', 'the version that the run was started with, or the one that is live')
    .choices(['then', 'now'])
    .default('now');
}

export const rerunCommand: CommandDefinition = (program, { output, exit }) => {
  program
    .command('rerun')
    .argument('<run>', "id of the run, or 'latest'")
    .description('run what did not succeed once more; what succeeded keeps its result')
    .addOption(codeOption())
    .option('--why <text>', 'kept in the audit of the run')
    .option('--no-wait', 'return as soon as it has started')
    .addHelpText('after', '\nExamples:\n  millrace rerun latest\n  millrace rerun latest --code then')
    .action(async (runId: string, options: Options, command) =>
      again(command.optsWithGlobals() as GlobalOptions, runId, options, () => []),
    );
  program
    .command('clear')
    .argument('<run>', "id of the run, or 'latest'")
    .argument('<task...>', 'tasks to run again, with all that wait for them')
    .description('forget results of a run, and run it once more')
    .addOption(
      new Option('--downstream', 'with all that wait for them, as without the option').conflicts('only'),
    )
    .option('--only', 'these tasks alone, not those downstream of them')
    .addOption(codeOption())
    .option('--why <text>', 'kept in the audit of the run')
    .option('--no-wait', 'return as soon as it has started')
    .addHelpText('after', '\nExample:\n  millrace clear latest train/random-forest')
    .action(async (runId: string, tasks: string[], options: Options, command) =>
      again(command.optsWithGlobals() as GlobalOptions, runId, options, (connection, run) => {
        const { clearedTasks } = require('../cleared-tasks') as typeof import('../cleared-tasks');
        return clearedTasks(connection.project, run.pipeline, tasks, options.only === true);
      }),
    );

  async function again(
    globals: GlobalOptions,
    runId: string,
    options: Options,
    cleared: (connection: Connection, run: RunView) => readonly string[],
  ): Promise<void> {
    await withConnection(globals, output, { deploy: globals.cloud !== 'aws' }, async (connection) => {
      const { requireRun } = require('../run-queries') as typeof import('../run-queries');
      const { askLauncher, currentUser } = require('../ask-launcher') as typeof import('../ask-launcher');
      const run = await requireRun(connection, runId);
      const clear = cleared(connection, run);
      const started = await askLauncher<{ readonly execution: string }>(
        connection.stage,
        {
          action: 'rerun',
          runId: run.runId,
          clear,
          code: options.code,
          by: currentUser(),
          ...(options.why === undefined ? {} : { why: options.why }),
        },
        run.runId,
      );
      output.progress(
        clear.length === 0
          ? `Rerun ${started.execution}`
          : `Cleared ${clear.join(', ')}; rerun ${started.execution}`,
      );
      if (!options.wait) return output.result({ runId: run.runId, ...started });
      const { followRun } = require('../follow-run') as typeof import('../follow-run');
      const { printRunEnd } = require('../render/run-end') as typeof import('../render/run-end');
      const ended = await followRun(
        connection,
        {
          runId: run.runId,
          executionArn: `${run.executionArn.slice(0, run.executionArn.lastIndexOf(':') + 1)}${started.execution}`,
        },
        output,
      );
      output.result(ended);
      printRunEnd(output, ended);
      if (ended.status !== 'success') exit(EXIT.failed);
    });
  }
};
