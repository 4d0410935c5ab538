import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Command } from 'commander';
import { CliError, EXIT } from '../cli-error';
import type { CommandContext, GlobalOptions } from '../command-context';
import { withConnection } from '../with-connection';

interface Options {
  readonly html?: string;
  readonly metric?: string;
}

/** Columns of runs that fit beside the names. */
const RUNS_BESIDE = 5;
const ID = 8;

export function experimentsCompareCommand(experiments: Command, { output }: CommandContext): void {
  experiments
    .command('compare')
    .argument('<run...>', 'ids of tracked runs, or their first characters')
    .description('tracked runs side by side: params that differ, metrics; as a page with charts too')
    .option('--html <file>', 'write a page with parallel coordinates, scatter plots and curves')
    .option('--metric <name>', 'metric that the page draws the params against (default: the first)')
    .addHelpText(
      'after',
      '\nExample:\n  millrace experiments compare 1f0c9a2e 77ab01d4 --html compare.html --metric test_auc',
    )
    .action(async (wanted: readonly string[], options: Options, command: Command) => {
      const globals = command.optsWithGlobals<GlobalOptions>();
      await withConnection(globals, output, { deploy: false }, async () => {
        const { findTrackedRun } = require('../find-tracked-run') as typeof import('../find-tracked-run');
        const { compareTrackedRuns, readCurves } =
          require('../compare-tracked-runs') as typeof import('../compare-tracked-runs');
        const found = await Promise.all(wanted.map(findTrackedRun));
        const runs = [...new Map(found.map((run) => [run.runId, run])).values()];
        if (runs.length < 2)
          throw new CliError('One run alone cannot be compared.', {
            code: EXIT.usage,
            remedy: 'Name at least two runs, as `millrace experiments <name>` shows them.',
          });
        const comparison = compareTrackedRuns(runs);
        const { metric } = options;
        if (metric !== undefined && comparison.metrics[metric] === undefined)
          throw new CliError(`None of these runs has the metric '${metric}'.`, {
            code: EXIT.usage,
            where: '--metric',
            remedy: `Metrics here: ${Object.keys(comparison.metrics).join(', ') || 'none'}.`,
          });
        output.result(comparison);
        const rows = [
          { name: 'name', values: comparison.runs.map((run) => run.name) },
          { name: 'status', values: comparison.runs.map((run) => run.status) },
          ...Object.entries(comparison.params).map(([name, values]) => ({ name, values })),
          ...Object.entries(comparison.metrics).map(([name, values]) => ({ name, values })),
        ];
        for (let first = 0; first < runs.length; first += RUNS_BESIDE) {
          output.table(
            [
              { title: 'RUN', value: (row) => row.name },
              ...runs.slice(first, first + RUNS_BESIDE).map((run, i) => ({
                title: run.runId.slice(0, ID),
                value: (row: (typeof rows)[number]) => shown(row.values[first + i] ?? null),
                align: 'right' as const,
              })),
            ],
            rows,
          );
          output.line();
        }
        output.line(`${comparison.sameParams} params are the same in all runs.`);
        if (options.html === undefined) return;
        const { renderRunComparison } =
          require('../../reports/run-comparison') as typeof import('../../reports/run-comparison');
        const file = resolve(options.html);
        mkdirSync(dirname(file), { recursive: true });
        writeFileSync(
          file,
          renderRunComparison({
            title: `${runs.length} runs compared`,
            subtitle: `${comparison.sameParams} params are the same in all runs`,
            ...comparison,
            curves: await readCurves(runs),
            metric,
          }),
        );
        output.progress(`Wrote ${file}`);
      });
    });
}

function shown(value: string | number | null): string {
  if (typeof value !== 'number') return value ?? '-';
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(5)));
}
