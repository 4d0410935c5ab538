import type { CommandDefinition, GlobalOptions } from '../command-context';
import { parseWholeNumber } from '../whole-number';
import { withConnection } from '../with-connection';

export const notificationsCommand: CommandDefinition = (program, { output }) => {
  program
    .command('notifications')
    .argument('[pipeline]', 'id of a pipeline; all by default')
    .description('who was told of failures, retries, successes and missed deadlines')
    .option('--limit <number>', 'how many', '20')
    .addHelpText('after', '\nExample:\n  millrace notifications credit-risk --json')
    .action(async (pipeline: string | undefined, options: { limit: string }, command) => {
      const globals = command.optsWithGlobals() as GlobalOptions;
      const limit = parseWholeNumber(options.limit, { option: '--limit', from: 1, to: 1000 });
      await withConnection(globals, output, { deploy: false }, async () => {
        const { readOutbox } =
          require('../../orchestration/alerts/outbox') as typeof import('../../orchestration/alerts/outbox');
        const entries = await readOutbox({ limit, ...(pipeline === undefined ? {} : { pipeline }) });
        output.result(entries);
        if (entries.length === 0) output.line('Nobody was told anything.');
        else
          output.table(
            [
              { title: 'WHEN', value: (entry) => entry.at.replace('T', ' ').slice(0, 19), fixed: true },
              { title: 'WHAT', value: (entry) => entry.subject },
              { title: 'RUN', value: (entry) => entry.run, fixed: true },
              {
                title: 'TOLD',
                value: (entry) =>
                  entry.deliveries.map(({ channel, state }) => `${channel.kind}: ${state}`).join(', '),
              },
            ],
            entries,
          );
      });
    });
};
