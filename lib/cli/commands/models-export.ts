import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { CommandContext, GlobalOptions } from '../command-context';
import { withConnection } from '../with-connection';

export function modelsExportCommand(models: Command, { output }: CommandContext): void {
  models
    .command('export')
    .argument('<name>', 'registered model')
    .argument('<version>', 'its version, or @ and an alias')
    .argument('<dir>', 'an empty folder, or one that is made')
    .description('write one version to a folder, with the run that made it and its rows, for another stage')
    .addHelpText(
      'after',
      `
Example:
  millrace models export churn @champion ../churn-7 --cloud aws --stage staging
  millrace models import ../churn-7 --reason "accepted in staging, R-7" --cloud aws --stage prod`,
    )
    .action(async (name: string, version: string, dir: string, _options, command: Command) => {
      const globals = command.optsWithGlobals<GlobalOptions>();
      const directory = resolve(dir);
      await withConnection(globals, output, { deploy: false }, async () => {
        const { findRegisteredModel } = require('../find-model') as typeof import('../find-model');
        const { exportVersion } =
          require('../../tracking/carry-version') as typeof import('../../tracking/carry-version');
        const { getVersionByAlias } =
          require('../../tracking/model-versions') as typeof import('../../tracking/model-versions');
        const { withRefusals } = require('../refusals') as typeof import('../refusals');
        const { CliError, EXIT } = require('../cli-error') as typeof import('../cli-error');
        await findRegisteredModel(name);
        const number = version.startsWith('@')
          ? (await getVersionByAlias(name, version.slice(1)))?.version
          : version;
        if (number === undefined)
          throw new CliError(`No version of ${name} has the alias '${version.slice(1)}'.`, {
            code: EXIT.usage,
            where: `${name}/${version}`,
            remedy: `Nothing was written. See \`millrace models ${name}\`.`,
          });
        const exported = await withRefusals(
          { where: `${name}/${number}`, remedy: 'Name an empty folder, and a version that is whole.' },
          () => exportVersion(directory, name, number),
        );
        output.result({ directory, ...exported });
        for (const uri of exported.left) output.warn(`not in the folder: ${uri}`);
        output.line(`${exported.from} is in ${dir}. With credentials of the other account:`);
        output.line(`  millrace models import ${dir} --reason "…" --cloud aws --stage <stage>`);
      });
    });
}
