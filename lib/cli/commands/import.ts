import { resolve } from 'node:path';
import type { CommandDefinition, GlobalOptions } from '../command-context';
import { withConnection } from '../with-connection';

export const importCommand: CommandDefinition = (program, { output }) => {
  program
    .command('import')
    .argument('<dir>', 'a folder that `millrace export` has written')
    .description('add what was exported to the experiments, runs and models here')
    .addHelpText(
      'after',
      `
Example:
  millrace import ../tracking-backup --stage staging

Experiments go into those of the same name, under ids of this store; runs and models keep theirs.
What is here already stays as it is: a second import changes nothing, and one that was cut off is
gone on with. When something does not fit, e.g. another model has the name, nothing is written.`,
    )
    .action(async (dir: string, _options, command) => {
      const globals = command.optsWithGlobals() as GlobalOptions;
      const directory = resolve(dir);
      await withConnection(globals, output, { deploy: false }, async () => {
        const { importStore } =
          require('../../tracking/import-store') as typeof import('../../tracking/import-store');
        const { withRefusals } = require('../refusals') as typeof import('../refusals');
        const imported = await withRefusals(
          { where: directory, remedy: 'Mend it, then import again; what is here already stays as it is.' },
          () => importStore(directory),
        );
        output.result({ directory, ...imported });
        const kept: Readonly<Record<string, number>> = imported.kept;
        output.table(
          [
            { title: 'WHAT', value: ([kind]) => kind },
            { title: 'ADDED', value: ([, count]) => String(count), align: 'right' },
            { title: 'HERE BEFORE', value: ([kind]) => String(kept[kind] ?? ''), align: 'right' },
          ],
          Object.entries(imported.added),
        );
      });
    });
};
