import type { CommandDefinition, GlobalOptions } from '../command-context';
import { parseWholeNumber } from '../whole-number';
import { withConnection } from '../with-connection';

export const versionsCommand: CommandDefinition = (program, { output }) => {
  program
    .command('versions')
    .argument('<pipeline>', 'id of the pipeline')
    .description('versions of a pipeline that were deployed, and which one new runs take')
    .addHelpText('after', '\nExample:\n  millrace versions credit-risk')
    .action(async (pipeline: string, _options, command) => {
      await withConnection(
        command.optsWithGlobals() as GlobalOptions,
        output,
        { deploy: false },
        async (connection) => {
          const { readVersions } = require('../version-queries') as typeof import('../version-queries');
          const versions = await readVersions(connection, pipeline);
          output.result(versions);
          output.table(
            [
              { title: 'VERSION', value: ({ number }) => String(number), align: 'right' },
              {
                title: 'DEPLOYED',
                value: ({ createdAt }) => createdAt.replace('T', ' ').slice(0, 19),
                fixed: true,
              },
              { title: 'LIVE', value: ({ live }) => (live ? 'live' : '') },
              { title: 'COMMIT', value: ({ commit }) => commit },
              { title: 'TASKS', value: ({ tasks }) => String(tasks), align: 'right' },
            ],
            versions,
          );
        },
      );
    });
  program
    .command('rollback')
    .argument('<pipeline>', 'id of the pipeline')
    .argument('[version]', 'number of the version; the one before the live one by default')
    .description('let new runs take an earlier version; runs that go on keep theirs')
    .option('--why <text>', 'kept in the audit of the pipeline')
    .addHelpText(
      'after',
      '\nExamples:\n  millrace rollback credit-risk --why "worse since yesterday"\n  millrace rollback credit-risk 12',
    )
    .action(async (pipeline: string, version: string | undefined, options: { why?: string }, command) => {
      const globals = command.optsWithGlobals() as GlobalOptions;
      const number =
        version === undefined
          ? undefined
          : parseWholeNumber(version, { option: 'the version', from: 1, to: 1_000_000 });
      await withConnection(globals, output, { deploy: false }, async ({ stage }) => {
        const { askLauncher, currentUser } = require('../ask-launcher') as typeof import('../ask-launcher');
        const moved = await askLauncher<{ readonly from: number | null; readonly to: number }>(
          stage,
          {
            action: 'rollback',
            pipeline,
            by: currentUser(),
            ...(number === undefined ? {} : { version: number }),
            ...(options.why === undefined ? {} : { why: options.why }),
          },
          pipeline,
        );
        output.result(moved);
        output.line(
          `New runs of ${pipeline} take version ${moved.to}${moved.from === null ? '' : `, not ${moved.from}`}. The next deployment that changes it moves forward.`,
        );
      });
    });
};
