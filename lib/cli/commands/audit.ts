import type { CommandDefinition, GlobalOptions } from '../command-context';
import { withConnection } from '../with-connection';

export const auditCommand: CommandDefinition = (program, { output }) => {
  program
    .command('audit')
    .argument('<run>', "id of the run, 'latest', or id of a pipeline")
    .description(
      'who started, cleared, marked or cancelled a run, or paused, backfilled or rolled back a pipeline',
    )
    .addHelpText('after', '\nExamples:\n  millrace audit latest --json\n  millrace audit credit-risk')
    .action(async (runId: string, _options, command) => {
      const globals = command.optsWithGlobals() as GlobalOptions;
      await withConnection(globals, output, { deploy: false }, async (connection) => {
        const { deployedPipelines, requireRun } =
          require('../run-queries') as typeof import('../run-queries');
        const { readAudit, readPipelineAudit } =
          require('../../orchestration/audit') as typeof import('../../orchestration/audit');
        const pipeline = (await deployedPipelines(connection)).includes(runId);
        const entries = pipeline
          ? await readPipelineAudit(runId)
          : await readAudit((await requireRun(connection, runId)).runId);
        output.result(entries);
        if (entries.length === 0)
          output.line(`Nobody did anything to this ${pipeline ? 'pipeline' : 'run'} by hand.`);
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
