import { resolve } from 'node:path';
import type { CommandDefinition, GlobalOptions } from '../command-context';
import { withConnection } from '../with-connection';

export const exportCommand: CommandDefinition = (program, { output }) => {
  program
    .command('export')
    .argument('<dir>', 'an empty folder, or one that is made')
    .description('write all experiments, runs, metrics, models and artifacts to a folder')
    .addHelpText(
      'after',
      `
Example:
  millrace export ../tracking-backup

\`millrace import\` reads it, in another project, stage or account too. Runs of pipelines, their
logs and datasets are not in it; nor are artifacts that lie in another bucket.`,
    )
    .action(async (dir: string, _options, command) => {
      const globals = command.optsWithGlobals() as GlobalOptions;
      const directory = resolve(dir);
      await withConnection(globals, output, { deploy: false }, async () => {
        const { exportStore } =
          require('../../tracking/export-store') as typeof import('../../tracking/export-store');
        const { withRefusals } = require('../refusals') as typeof import('../refusals');
        const { counts, elsewhere } = await withRefusals(
          { where: directory, remedy: 'Name an empty folder, or one that does not exist.' },
          () => exportStore(directory),
        );
        output.result({ directory, counts, elsewhere });
        for (const left of elsewhere) output.warn(`left where it is: ${left}`);
        output.table(
          [
            { title: 'WHAT', value: ([kind]) => kind },
            { title: 'RECORDS', value: ([, count]) => String(count), align: 'right' },
          ],
          Object.entries(counts),
        );
      });
    });
};
