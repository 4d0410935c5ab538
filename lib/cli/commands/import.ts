import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Output } from '../output';
import type { CommandDefinition, GlobalOptions } from '../command-context';
import { withConnection } from '../with-connection';

export const importCommand: CommandDefinition = (program, { output }) => {
  program
    .command('import')
    .argument(
      '<from>',
      'a folder that millrace export has written, or the address of an MLflow tracking server',
    )
    .description(
      'add what was exported, or what a server of MLflow has, to the experiments, runs and models here',
    )
    .option('--keep <dir>', 'with an address: where to keep what was read from the server')
    .addHelpText(
      'after',
      `
Examples:
  millrace import ../tracking-backup --stage staging
  millrace import http://mlflow.internal:5000

Experiments go into those of the same name, under ids of this store; runs and models keep theirs.
What is here already stays as it is: a second import changes nothing, and one that was cut off is
gone on with. When something does not fit, e.g. another model has the name, nothing is written.
A server is only read, with MLFLOW_TRACKING_USERNAME and _PASSWORD, or MLFLOW_TRACKING_TOKEN.`,
    )
    .action(async (from: string, options: { keep?: string }, command) => {
      const globals = command.optsWithGlobals() as GlobalOptions;
      const fromServer = /^https?:\/\//.test(from);
      const temporary = fromServer && options.keep === undefined;
      const directory = temporary
        ? mkdtempSync(join(tmpdir(), 'millrace-import-'))
        : resolve(fromServer ? (options.keep ?? from) : from);
      const clean = () => temporary && rmSync(directory, { recursive: true, force: true });
      await withConnection(globals, output, { deploy: false }, async () => {
        const { importStore } =
          require('../../tracking/import-store') as typeof import('../../tracking/import-store');
        const { withRefusals } = require('../refusals') as typeof import('../refusals');
        const elsewhere = fromServer ? await readServer(from, directory, output) : [];
        const imported = await withRefusals(
          { where: directory, remedy: 'Mend it, then import again; what is here already stays as it is.' },
          () => importStore(directory),
        );
        output.result({ from, ...imported, ...(fromServer ? { elsewhere } : {}) });
        for (const left of elsewhere) output.warn(`its artifacts stay where they are: ${left}`);
        const kept: Readonly<Record<string, number>> = imported.kept;
        output.table(
          [
            { title: 'WHAT', value: ([kind]) => kind },
            { title: 'ADDED', value: ([, count]) => String(count), align: 'right' },
            { title: 'HERE BEFORE', value: ([kind]) => String(kept[kind] ?? ''), align: 'right' },
          ],
          Object.entries(imported.added),
        );
      }).finally(clean);
    });
};

/** Returns whose artifacts the server could not read. @throws CliError */
async function readServer(base: string, directory: string, output: Output): Promise<readonly string[]> {
  const { exportServer } =
    require('../../mlflow/from-server/export-server') as typeof import('../../mlflow/from-server/export-server');
  const { withRefusals } = require('../refusals') as typeof import('../refusals');
  const { elsewhere } = await withRefusals(
    { where: base, remedy: 'Nothing was imported. Check the address and the credentials, then try again.' },
    () => exportServer(base, directory, (progress) => output.progress(progress)),
  );
  return elsewhere;
}
