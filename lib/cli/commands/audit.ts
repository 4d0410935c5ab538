import type { CommandDefinition, GlobalOptions } from '../command-context';
import { withConnection } from '../with-connection';

export const auditCommand: CommandDefinition = (program, { output }) => {
  program
    .command('audit')
    .argument('<run>', "id of the run, or 'latest'")
    .description('who started, cleared, marked or cancelled a run, when and why')
    .addHelpText('after', '\nExample:\n  millrace audit latest --json')
    .action(async (runId: string, _options, command) => {
      const globals = command.optsWithGlobals() as GlobalOptions;
      await withConnection(globals, output, { deploy: false }, async (connection) => {
        const { requireRun } = require('../run-queries') as typeof import('../run-queries');
        const { readAudit } =
          require('../../orchestration/audit') as typeof import('../../orchestration/audit');
        const entries = await readAudit((await requireRun(connection, runId)).runId);
        output.result(entries);
        if (entries.length === 0) output.line('Nobody did anything to this run by hand.');
        else
          output.table(
            [
              { title: 'WHEN', value: (entry) => entry.at.replace('T', ' ').slice(0, 19), fixed: true },
              { title: 'WHAT', value: (entry) => entry.action },
              { title: 'WHO', value: (entry) => entry.by },
              { title: 'WHY', value: (entry) => entry.why ?? '' },
            ],
            entries,
          );
      });
    });
};
