import type { CommandDefinition, GlobalOptions } from '../command-context';
import { withConnection } from '../with-connection';

interface Paused {
  readonly paused?: boolean;
  readonly runIds: readonly string[];
}

export const pauseCommand: CommandDefinition = (program, { output }) => {
  for (const action of ['pause', 'resume'] as const) {
    program
      .command(action)
      .argument('<pipeline>', 'id of the pipeline')
      .description(
        action === 'pause'
          ? 'let the schedule start nothing, and runs wait'
          : 'let the schedule and waiting runs go on',
      )
      .option('--why <text>', 'kept for others to read')
      .addHelpText('after', `\nExample:\n  millrace ${action} credit-risk --why "source is down"`)
      .action(async (pipeline: string, options: { why?: string }, command) => {
        const globals = command.optsWithGlobals() as GlobalOptions;
        await withConnection(globals, output, { deploy: false }, async (connection) => {
          const { askLauncher, currentUser } = require('../ask-launcher') as typeof import('../ask-launcher');
          const state = await askLauncher<Paused>(
            connection.stage,
            {
              action,
              pipeline,
              by: currentUser(),
              ...(options.why === undefined ? {} : { why: options.why }),
            },
            pipeline,
          );
          output.result(state);
          output.line(state.paused === true ? `${pipeline} is paused.` : `${pipeline} is active.`);
          for (const runId of state.runIds) output.line(`Queued ${runId}`);
        });
      });
  }
};
