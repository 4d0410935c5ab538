import { existsSync, rmSync, statSync } from 'node:fs';
import { CliError, EXIT } from '../cli-error';
import type { CommandDefinition, GlobalOptions } from '../command-context';
import { findProject } from '../project';

export const cleanCommand: CommandDefinition = (program, { output }) => {
  program
    .command('clean')
    .description('remove the state of the local cloud: runs, models, data, logs')
    .option('--yes', 'do it; without it the command only says what would go')
    .addHelpText('after', '\nExample:\n  millrace clean --yes')
    .action(async (options: { yes?: boolean }, command) => {
      const globals = command.optsWithGlobals() as GlobalOptions;
      const { stateDirectory } = findProject(process.cwd(), globals.directory);
      if (!existsSync(stateDirectory)) {
        output.result({ directory: stateDirectory, removed: false });
        output.line(`Nothing to clean: ${stateDirectory} does not exist.`);
        return;
      }
      const { foreignEntries } =
        require('../../local/state-directory') as typeof import('../../local/state-directory');
      const folder = statSync(stateDirectory).isDirectory();
      const foreign = folder ? foreignEntries(stateDirectory) : [];
      if (!folder || foreign.length > 0) {
        throw new CliError(
          folder
            ? `That folder holds what millrace did not make: ${foreign.slice(0, 3).join(', ')}. It is left alone.`
            : 'That is a file, no state of millrace. It is left alone.',
          {
            code: EXIT.environment,
            where: stateDirectory,
            remedy: 'Name the state folder with --directory, or move what is yours out of it.',
          },
        );
      }
      const { findRunningServer } =
        require('../../local/local-cloud') as typeof import('../../local/local-cloud');
      const running = await findRunningServer(stateDirectory);
      if (running !== undefined) {
        throw new CliError(`A local cloud is running on it (process ${running.pid}, ${running.url}).`, {
          code: EXIT.environment,
          where: stateDirectory,
          remedy: 'Stop that process first.',
        });
      }
      if (options.yes !== true) {
        output.result({ directory: stateDirectory, removed: false });
        output.line(
          `Would remove ${stateDirectory} with every local run, model and dataset in it. Add --yes to do it.`,
        );
        return;
      }
      rmSync(stateDirectory, { recursive: true, force: true });
      output.result({ directory: stateDirectory, removed: true });
      output.line(`Removed ${stateDirectory}.`);
    });
};
