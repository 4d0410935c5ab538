import type { CommandDefinition, GlobalOptions } from '../command-context';
import { parseWholeNumber } from '../whole-number';
import { withConnection } from '../with-connection';

interface Options {
  readonly dryRun?: boolean;
  readonly olderThan: string;
}

const DAY = 24 * 60 * 60 * 1000;

export const gcCommand: CommandDefinition = (program, { output }) => {
  program
    .command('gc')
    .description(
      'remove deleted experiments and runs for good, with their artifacts; their names are free again',
    )
    .option('--dry-run', 'only say what would go')
    .option('--older-than <days>', 'only what was deleted that many days ago, or earlier', '30')
    .addHelpText(
      'after',
      `
Examples:
  millrace gc --dry-run
  millrace gc --older-than 0

What a registered model version was made from stays, with its files; delete the version first.
The bucket keeps earlier versions of objects for as long as its lifecycle rule says.`,
    )
    .action(async (options: Options, command) => {
      const globals = command.optsWithGlobals() as GlobalOptions;
      const days = parseWholeNumber(options.olderThan, { option: '--older-than', from: 0, to: 36_500 });
      const dryRun = options.dryRun === true;
      await withConnection(globals, output, { deploy: false }, async () => {
        const { findGarbage } = require('../../tracking/garbage') as typeof import('../../tracking/garbage');
        const { finishPurges, purgeExperiment, purgeRun } =
          require('../../tracking/purge') as typeof import('../../tracking/purge');
        // Deleted within this very millisecond is deleted already.
        const garbage = await findGarbage(Date.now() - days * DAY + 1);
        let objects = dryRun ? 0 : await finishPurges();
        const rows: { what: string; id: string; name: string; outcome: string }[] = [];
        const done = (cleared: number | undefined) => {
          objects += cleared ?? 0;
          return cleared === undefined ? 'changed meanwhile, kept' : 'removed';
        };
        for (const item of garbage.experiments) {
          const outcome = dryRun ? 'would go' : done(await purgeExperiment(item));
          rows.push({ what: 'experiment', id: item.experiment.id, name: item.experiment.name, outcome });
          for (const run of item.runs) rows.push({ what: 'run', id: run.runId, name: run.runName, outcome });
        }
        for (const item of garbage.runs) {
          const outcome = dryRun ? 'would go' : done(await purgeRun(item));
          rows.push({ what: 'run', id: item.run.runId, name: item.run.runName, outcome });
        }
        for (const { kind, id, name, versions } of garbage.kept)
          rows.push({ what: kind, id, name, outcome: `kept for ${versions.join(', ')}` });
        output.result({ dryRun, olderThanDays: days, objectsRemoved: objects, items: rows });
        if (rows.length === 0) return output.line('Nothing to remove.');
        output.table(
          [
            { title: 'WHAT', value: (row) => row.what, fixed: true },
            { title: 'ID', value: (row) => row.id.slice(0, 8), fixed: true },
            { title: 'NAME', value: (row) => row.name },
            { title: 'OUTCOME', value: (row) => row.outcome },
          ],
          rows,
        );
        if (!dryRun) output.line(`${objects} objects removed.`);
      });
    });
};
