import { resolve } from 'node:path';
import { CliError, EXIT } from '../cli-error';
import type { CommandDefinition, GlobalOptions } from '../command-context';
import { withConnection } from '../with-connection';

interface Options {
  readonly out: string;
  readonly back?: boolean;
}

export const exportEdgeCommand: CommandDefinition = (program, { output }) => {
  program
    .command('export-edge')
    .argument('[model@version]', 'registered model with @ and a version or an alias')
    .description('write a version for devices: ONNX, metadata with golden predictions, checksums')
    .requiredOption('--out <folder>', 'of the exports of one model')
    .option('--back', 'go back to the export before, which is still there')
    .addHelpText(
      'after',
      `
Examples:
  millrace export-edge churn@champion --out edge/churn
  millrace export-edge churn@2 --out edge/churn
  millrace export-edge --back --out edge/churn

current.json in the folder names the export that counts. Exit code 1: when there is nothing to go back to.`,
    )
    .action(async (given: string | undefined, options: Options, command) => {
      const globals = command.optsWithGlobals() as GlobalOptions;
      const directory = resolve(options.out);
      const { addExport, ExportRefused, readCurrent, rollBackExport } =
        require('../../serving/edge-folder') as typeof import('../../serving/edge-folder');
      const guarded = async <T>(work: () => T | Promise<T>): Promise<T> => {
        try {
          return await work();
        } catch (error) {
          if (!(error instanceof ExportRefused)) throw error;
          throw new CliError(error.message, {
            code: EXIT.failed,
            where: options.out,
            remedy: 'Nothing was changed.',
            cause: error,
          });
        }
      };
      if (options.back === true) {
        if (given !== undefined) throw usage(given, 'Leave it out: --back goes to the export before.');
        const current = await guarded(() => rollBackExport(directory));
        output.result(current);
        return output.line(
          `Version ${current.version} of ${current.model} counts again: ${options.out}/${current.path}.`,
        );
      }
      const { model, version } = parted(given);
      await withConnection(globals, output, { deploy: false }, async () => {
        const files = await readFiles(model, version);
        const changed = await guarded(() =>
          addExport(directory, { model, version: files.version }, files.files),
        );
        const current = readCurrent(directory);
        output.result({ ...current, changed });
        output.line(
          changed
            ? `Version ${files.version} of ${model} is in ${options.out}/${current?.path ?? ''}.`
            : `Version ${files.version} of ${model} is what ${options.out} has already.`,
        );
      });
    });
};

/** @throws CliError */
async function readFiles(model: string, version: string) {
  const { s3Client } = require('../../aws/clients/s3') as typeof import('../../aws/clients/s3');
  const { resourceNames } = require('../../aws/environment') as typeof import('../../aws/environment');
  const { ObjectStore } = require('../../aws/object-store') as typeof import('../../aws/object-store');
  const { edgeFiles } = require('../../serving/edge-export') as typeof import('../../serving/edge-export');
  const { versionOfAlias } =
    require('../../serving/version-of-alias') as typeof import('../../serving/version-of-alias');
  const { InvalidDataset } =
    require('../../data/invalid-dataset') as typeof import('../../data/invalid-dataset');
  const { UnservableModel } = require('../../serving/signature') as typeof import('../../serving/signature');
  const { ObjectNotFound } = require('../../aws/object-errors') as typeof import('../../aws/object-errors');
  const { withRefusals } = require('../refusals') as typeof import('../refusals');
  const told = { where: `${model}@${version}`, remedy: 'Nothing was written. See `millrace models`.' };
  try {
    return await withRefusals(told, async () => {
      const number = await versionOfAlias(model, /^\d+$/.test(version) ? version : `@${version}`);
      const objects = new ObjectStore(s3Client(), resourceNames().bucket);
      return { version: number, files: await edgeFiles(objects, model, number) };
    });
  } catch (error) {
    const known = [InvalidDataset, UnservableModel, ObjectNotFound].some((one) => error instanceof one);
    if (known) throw new CliError((error as Error).message, { ...told, code: EXIT.usage, cause: error });
    throw error;
  }
}

function parted(given: string | undefined): { readonly model: string; readonly version: string } {
  const [, model, version] = /^(.+)@([^@]+)$/.exec(given ?? '') ?? [];
  if (model === undefined || version === undefined)
    throw usage(
      given ?? '',
      'Write model and version, or an alias: millrace export-edge churn@champion --out edge/churn.',
    );
  return { model, version };
}

function usage(given: string, remedy: string): CliError {
  return new CliError(`'${given}' is no version of a model.`, { code: EXIT.usage, remedy });
}
