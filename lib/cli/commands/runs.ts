import type { CommandDefinition, GlobalOptions } from '../command-context';
import { formatDuration } from '../render/duration';
import { parseWholeNumber } from '../whole-number';
import { withConnection } from '../with-connection';
import { experimentsCompareCommand } from './experiments-compare';
import { experimentsSearchCommand } from './experiments-search';

export const runsCommand: CommandDefinition = (program, context) => {
  const { output } = context;
  const runsGroup = program
    .command('runs')
    .argument('[pipeline]', 'only runs of this one')
    .description('the latest runs, newest first; tracked runs: search, compare')
    .option('--limit <number>', 'how many', '20')
    .addHelpText('after', '\nExamples:\n  millrace runs\n  millrace runs credit-risk --limit 5 --json')
    .action(async (pipeline: string | undefined, options: { limit: string }, command) => {
      const globals = command.optsWithGlobals() as GlobalOptions;
      const limit = parseWholeNumber(options.limit, { option: '--limit', from: 1, to: 1000 });
      await withConnection(globals, output, { deploy: false }, async (connection) => {
        const { listPipelineRuns } = require('../run-queries') as typeof import('../run-queries');
        const runs = await listPipelineRuns(connection, pipeline, limit);
        output.result(runs);
        if (runs.length === 0) output.line('No runs yet.');
        else {
          output.table(
            [
              { title: 'RUN', value: (run) => run.runId, fixed: true },
              {
                title: 'STATUS',
                value: (run) => run.status,
                paint: (text, run) =>
                  run.status === 'success'
                    ? output.color.green(text)
                    : run.status === 'failed'
                      ? output.color.red(text)
                      : text,
              },
              { title: 'STARTED', value: (run) => shortTime(run.startedAt) },
              {
                title: 'TOOK',
                value: (run) =>
                  run.endedAt === undefined
                    ? ''
                    : formatDuration(Date.parse(run.endedAt) - Date.parse(run.startedAt)),
                align: 'right',
              },
            ],
            runs,
          );
        }
      });
    });
  // Tracked runs, as who comes from MLflow looks for them.
  experimentsSearchCommand(runsGroup, context);
  experimentsCompareCommand(runsGroup, context);
};

/** To the minute; the year only of other years, as the ids beside it are long. */
function shortTime(iso: string): string {
  const from = iso.startsWith(`${new Date().getUTCFullYear()}-`) ? 5 : 0;
  return iso.replace('T', ' ').slice(from, 16);
}
