import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { CommandContext, GlobalOptions } from '../command-context';
import { parseReason } from '../reason';
import { withConnection } from '../with-connection';

export function modelsImportCommand(models: Command, { output }: CommandContext): void {
  models
    .command('import')
    .argument('<dir>', 'what millrace models export has written')
    .description('register a version of another stage here, under the next number of the model of that name')
    .requiredOption('--reason <text>', 'kept in the history of the model')
    .addHelpText(
      'after',
      `
The version has no alias and no stage here: gates and criteria judge it like any other when it is promoted or
deployed. A second import of the same folder gives the same version.`,
    )
    .action(async (dir: string, options: { readonly reason: string }, command: Command) => {
      const globals = command.optsWithGlobals<GlobalOptions>();
      const reason = parseReason(options.reason);
      const directory = resolve(dir);
      await withConnection(globals, output, { deploy: false }, async () => {
        const { importVersion } =
          require('../../tracking/carry-version') as typeof import('../../tracking/carry-version');
        const { currentUser } = require('../ask-launcher') as typeof import('../ask-launcher');
        const { withRefusals } = require('../refusals') as typeof import('../refusals');
        const version = await withRefusals(
          { where: directory, remedy: 'Export it again, or mend the folder. Importing again goes on.' },
          () => importVersion(directory, { by: currentUser(), reason }),
        );
        output.result(version);
        const from = version.tags['millrace.carried_from'] ?? '';
        output.line(`${from} is version ${version.version} of ${version.name} here. To promote it:`);
        output.line(
          `  millrace models promote ${version.name} ${version.version} --alias champion --reason "…"`,
        );
      });
    });
}
