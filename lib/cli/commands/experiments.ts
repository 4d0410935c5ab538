import type { CommandDefinition, GlobalOptions } from '../command-context';
import { withConnection } from '../with-connection';
import { experimentsCompareCommand } from './experiments-compare';
import { experimentsSearchCommand } from './experiments-search';

export const experimentsCommand: CommandDefinition = (program, context) => {
  const { output } = context;
  const experimentsGroup = program
    .command('experiments')
    .argument('[experiment]', 'id or name; shows its tracked runs')
    .description('experiments, or the tracked runs of one with their metrics')
    .addHelpText('after', '\nExamples:\n  millrace experiments\n  millrace experiments credit-risk --json')
    .action(async (wanted: string | undefined, _options, command) => {
      const globals = command.optsWithGlobals() as GlobalOptions;
      await withConnection(globals, output, { deploy: false }, async () => {
        const { readExperiments, readTrackedRuns } =
          require('../experiment-queries') as typeof import('../experiment-queries');
        if (wanted === undefined) {
          const experiments = await readExperiments();
          output.result(experiments);
          output.table(
            [
              { title: 'ID', value: (e) => e.id, align: 'right', fixed: true },
              { title: 'NAME', value: (e) => e.name },
              { title: 'CREATED', value: (e) => e.createdAt.replace('T', ' ').slice(0, 16), fixed: true },
              { title: 'ARTIFACTS', value: (e) => e.artifactLocation },
            ],
            experiments,
          );
          return;
        }
        const { findExperiment } = require('../find-experiment') as typeof import('../find-experiment');
        const experiment = await findExperiment(wanted);
        const runs = await readTrackedRuns(experiment.id);
        output.result({ experiment, runs });
        output.table(
          [
            { title: 'RUN', value: (run) => run.runId.slice(0, 8), fixed: true },
            { title: 'NAME', value: (run) => `${'  '.repeat(run.depth)}${run.name}` },
            { title: 'STATUS', value: (run) => run.status },
            { title: 'TEST AUC', value: (run) => metric(run.metrics['test_auc']), align: 'right' },
            { title: 'ACCURACY', value: (run) => metric(run.metrics['test_accuracy']), align: 'right' },
            { title: 'STARTED', value: (run) => run.startedAt.replace('T', ' ').slice(0, 16), fixed: true },
          ],
          runs,
        );
      });
    });
  experimentsSearchCommand(experimentsGroup, context);
  experimentsCompareCommand(experimentsGroup, context);
};

function metric(value: number | undefined): string {
  return value === undefined ? '' : value.toFixed(4);
}
