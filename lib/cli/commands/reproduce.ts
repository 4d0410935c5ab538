import { CliError, EXIT } from '../cli-error';
import type { CommandDefinition, GlobalOptions } from '../command-context';
import { withConnection } from '../with-connection';

export const reproduceCommand: CommandDefinition = (program, { output, exit }) => {
  program
    .command('reproduce')
    .argument('<what>', 'a tracked run, <model>/<version>, or <model>@<alias>')
    .description('make a run again with its recorded params, data, seeds and function, and compare the two')
    .option('--tolerance <number>', 'differences of metrics up to it do not count', '0')
    .addHelpText(
      'after',
      `
Examples:
  millrace reproduce credit-risk@champion
  millrace reproduce 3f1c9a02 --tolerance 1e-9

Exit code 1: metrics, params or files differ, or an input is gone.`,
    )
    .action(async (what: string, options: { tolerance: string }, command) => {
      const globals = command.optsWithGlobals() as GlobalOptions;
      const tolerance = Number(options.tolerance);
      if (!(tolerance >= 0))
        throw new CliError(`'${options.tolerance}' is no tolerance.`, {
          code: EXIT.usage,
          where: '--tolerance',
          remedy: 'Give a number from 0.',
        });
      await withConnection(globals, output, { deploy: globals.cloud !== 'aws' }, async (connection) => {
        const { findRunOf } = require('../find-run-of') as typeof import('../find-run-of');
        const { reproduceRun } = require('../reproduce-run') as typeof import('../reproduce-run');
        const { compareReproduction } =
          require('../compare-reproduction') as typeof import('../compare-reproduction');
        const { codeOf } = require('../summary-of') as typeof import('../summary-of');
        const run = await findRunOf(what);
        output.progress(`Making run ${run.runId} (${run.runName}) again`);
        const view = await compareReproduction(await reproduceRun(run, codeOf(connection)), tolerance);
        output.result(view);
        output.table(
          [
            { title: 'METRIC', value: (row) => row.metric },
            { title: 'THEN', value: ({ before }) => String(before ?? '-'), align: 'right' },
            { title: 'NOW', value: ({ after }) => String(after ?? '-'), align: 'right' },
            { title: 'DIFFERENCE', value: ({ difference }) => String(difference ?? '-'), align: 'right' },
            { title: '', value: ({ differs }) => (differs ? 'differs' : ''), fixed: true },
          ],
          view.metrics,
        );
        for (const { param, before, after } of view.params)
          output.line(`param ${param}: ${before ?? 'not logged'} then, ${after ?? 'not logged'} now`);
        for (const { file, state } of view.files) output.line(`file ${file}: ${state}`);
        for (const { task, why } of view.left) output.line(`not done again: ${task}: ${why}`);
        const { bundle, commit, node } = view.code;
        output.line(
          `code: ${bundle === 'same' ? 'the same bundle' : 'another bundle'}, commit ${commit.before} then, ${commit.after} now; Node ${node.before} then, ${node.after} now`,
        );
        output.line(
          view.same
            ? `Run ${view.runId} is the same as ${view.reproduces}.`
            : `Run ${view.runId} is not the same as ${view.reproduces}.`,
        );
        if (!view.same) exit(EXIT.failed);
      });
    });
};
