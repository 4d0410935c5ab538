import type { CommandDefinition, GlobalOptions } from '../command-context';
import type { Connection } from '../connect';
import { withConnection } from '../with-connection';

export const cancelCommand: CommandDefinition = (program, { output }) => {
  program
    .command('cancel')
    .argument('<run>', "id of the run, or 'latest'")
    .description('stop a run that is going on, or take it out of the queue')
    .option('--pipeline <id>', 'its pipeline, for a run that has not begun')
    .option('--why <text>', 'kept in the audit of the run')
    .addHelpText(
      'after',
      '\nExamples:\n  millrace cancel latest\n  millrace cancel credit-risk--manual--20261121T045501Z-1f3a',
    )
    .action(async (given: string, options: { pipeline?: string; why?: string }, command) => {
      const globals = command.optsWithGlobals() as GlobalOptions;
      await withConnection(globals, output, { deploy: false }, async (connection) => {
        const { stage } = connection;
        // A run that has not begun has no record: its id goes to the launcher as it is.
        const runId = given === 'latest' ? await latestRun(connection, options.pipeline) : given;
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

/** Of a pipeline, or of all. @throws CliError when there are no runs */
async function latestRun(connection: Connection, pipeline: string | undefined): Promise<string> {
  const { listPipelineRuns, requireRun } = require('../run-queries') as typeof import('../run-queries');
  if (pipeline === undefined) return (await requireRun(connection, 'latest')).runId;
  const [newest] = await listPipelineRuns(connection, pipeline, 1);
  return newest?.runId ?? (await requireRun(connection, 'latest')).runId;
}
