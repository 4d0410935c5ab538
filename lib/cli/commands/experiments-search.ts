import type { Command } from 'commander';
import type { CommandContext, GlobalOptions } from '../command-context';
import { parseWholeNumber } from '../whole-number';
import { withConnection } from '../with-connection';

interface Options {
  readonly experiment?: string;
  readonly orderBy: readonly string[];
  readonly columns?: string;
  readonly limit: string;
  readonly or?: true;
}

const DEFAULT_COLUMNS = 'attributes.status,metrics.test_auc,metrics.test_accuracy';

export function experimentsSearchCommand(experiments: Command, { output }: CommandContext): void {
  experiments
    .command('search')
    .argument('[filter]', "MLflow's filter, e.g. \"metrics.test_auc > 0.75 and params.maxDepth = '8'\"", '')
    .description("tracked runs by MLflow's search grammar")
    .option('--experiment <name>', 'id or name (default: all experiments that are not deleted)')
    .option(
      '--order-by <expression>',
      'e.g. "metrics.test_auc DESC"; may be given several times (default: latest first)',
      (text: string, before: readonly string[]) => [...before, text],
      [],
    )
    .option('--columns <list>', 'fields to show, with commas between them', DEFAULT_COLUMNS)
    .option('--or', 'let the filter have OR and parentheses, which MLflow refuses')
    .option('--limit <number>', 'how many', '20')
    .addHelpText(
      'after',
      `
Example:
  millrace experiments search "metrics.test_auc > 0.75" --experiment credit-risk \\
    --order-by "metrics.test_auc DESC" --columns metrics.test_auc,params.maxDepth`,
    )
    .action(async (filter: string, options: Options, command: Command) => {
      const globals = command.optsWithGlobals<GlobalOptions>();
      // `millrace runs` has the option too, and takes it before this command sees it.
      const { limit: asked } = command.optsWithGlobals<Options>();
      const limit = parseWholeNumber(asked, { option: '--limit', from: 1, to: 10_000 });
      const columns = (options.columns ?? '')
        .split(',')
        .map((name) => name.trim())
        .filter((name) => name !== '');
      await withConnection(globals, output, { deploy: false }, async () => {
        const { findExperiment } = require('../find-experiment') as typeof import('../find-experiment');
        const { searchTrackedRuns } =
          require('../search-tracked-runs') as typeof import('../search-tracked-runs');
        const { listExperiments } =
          require('../../tracking/experiments') as typeof import('../../tracking/experiments');
        const { withRefusals } = require('../refusals') as typeof import('../refusals');
        const experimentsToSearch =
          options.experiment === undefined
            ? (await listExperiments()).filter((experiment) => experiment.lifecycleStage === 'active')
            : [await findExperiment(options.experiment)];
        const runs = await withRefusals(
          {
            where: 'search',
            remedy:
              "Fields are metrics.<name>, params.<name>, tags.<name> and attributes.<name>; texts stand in quotes: params.maxDepth = '8'.",
          },
          () =>
            searchTrackedRuns(experimentsToSearch, {
              filter,
              or: options.or === true,
              orderBy: options.orderBy,
              columns,
              limit,
            }),
        );
        output.result(runs);
        if (runs.length === 0) return output.line('No run matches.');
        output.table(
          [
            { title: 'RUN', value: (run) => run.runId.slice(0, 8), fixed: true },
            { title: 'NAME', value: (run) => run.name },
            ...columns.map((column) => ({
              title: column.slice(column.indexOf('.') + 1).toUpperCase(),
              value: (run: (typeof runs)[number]) => shown(run.values[column] ?? null),
              align: runs.some((run) => typeof run.values[column] === 'string')
                ? ('left' as const)
                : ('right' as const),
            })),
          ],
          runs,
        );
      });
    });
}

function shown(value: string | number | null): string {
  if (typeof value !== 'number') return value ?? '';
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(5)));
}
