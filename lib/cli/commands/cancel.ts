import type { CommandDefinition, GlobalOptions } from '../command-context';
import { withConnection } from '../with-connection';

export const cancelCommand: CommandDefinition = (program, { output }) => {
  program
    .command('cancel')
    .argument('<run>', 'id of the run')
    .description('stop a run that is going on, or take it out of the queue')
    .option('--pipeline <id>', 'its pipeline, for a run that has not begun')
    .option('--why <text>', 'kept in the audit of the run')
    .addHelpText('after', '\nExample:\n  millrace cancel credit-risk--manual--20261121T045501Z-1f3a')
    .action(async (runId: string, options: { pipeline?: string; why?: string }, command) => {
      const globals = command.optsWithGlobals() as GlobalOptions;
      await withConnection(globals, output, { deploy: false }, async ({ stage }) => {
        const { askLauncher, currentUser } = require('../ask-launcher') as typeof import('../ask-launcher');
        const answer = await askLauncher<{ readonly outcome: string }>(
          stage,
          {
            action: 'cancel',
            runId,
            by: currentUser(),
            ...(options.pipeline === undefined ? {} : { pipeline: options.pipeline }),
            ...(options.why === undefined ? {} : { why: options.why }),
          },
          runId,
        );
        output.result({ runId, ...answer });
        output.line(answer.outcome === 'stopped' ? `Stopped ${runId}.` : `Took ${runId} out of the queue.`);
      });
    });
};
