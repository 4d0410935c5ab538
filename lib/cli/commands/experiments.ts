import type { CommandDefinition, GlobalOptions } from '../command-context';
import { CliError, EXIT } from '../cli-error';
import { didYouMean } from '../suggest';
import { withConnection } from '../with-connection';

export const experimentsCommand: CommandDefinition = (program, { output }) => {
  program
    .command('experiments')
    .argument('[experiment]', 'id or name; shows its tracked runs')
    .description('experiments, or the tracked runs of one with their metrics')
    .addHelpText('after', '\nExamples:\n  millrace experiments\n  millrace experiments credit-risk --json')
    .action(async (wanted: string | undefined, _options, command) => {
      const globals = command.optsWithGlobals() as GlobalOptions;
      await withConnection(globals, output, { deploy: false }, async () => {
        const { readExperiments, readTrackedRuns } =
          require('../experiment-queries') as typeof import('../experiment-queries');
        const experiments = await readExperiments();
        if (wanted === undefined) {
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
        const experiment = experiments.find((e) => e.id === wanted || e.name === wanted);
        if (experiment === undefined) {
          throw new CliError(`There is no experiment '${wanted}'.`, {
            code: EXIT.usage,
            remedy: `${didYouMean(
              wanted,
              experiments.map((e) => e.name),
            )}Experiments here: ${experiments.map((e) => `${e.id} (${e.name})`).join(', ') || 'none'}.`,
          });
        }
        const runs = await readTrackedRuns(experiment.id);
        output.result({ experiment, runs });
        output.table(
          [
            { title: 'RUN', value: (run) => run.runId.slice(0, 8), fixed: true },
            { title: 'NAME', value: (run) => `${run.parentRunId === undefined ? '' : '  '}${run.name}` },
            { title: 'STATUS', value: (run) => run.status },
            { title: 'TEST AUC', value: (run) => metric(run.metrics['test_auc']), align: 'right' },
            { title: 'ACCURACY', value: (run) => metric(run.metrics['test_accuracy']), align: 'right' },
            { title: 'STARTED', value: (run) => run.startedAt.replace('T', ' ').slice(0, 16), fixed: true },
          ],
          runs,
        );
      });
    });
};

function metric(value: number | undefined): string {
  return value === undefined ? '' : value.toFixed(4);
}
