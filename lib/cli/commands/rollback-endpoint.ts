import type { CommandDefinition, GlobalOptions } from '../command-context';
import { parseReason } from '../reason';
import { withConnection } from '../with-connection';

export const rollbackEndpointCommand: CommandDefinition = (program, { output }) => {
  program
    .command('rollback-endpoint')
    .argument('<endpoint>', 'see `millrace deployments`')
    .description('take a candidate away, or give the traffic back to the version before, at once')
    .option('--version-is <version>', 'only if this one was deployed last')
    .requiredOption('--reason <text>', 'kept in the history of the endpoint')
    .addHelpText('after', '\nExample:\n  millrace rollback-endpoint churn --reason "complaints since noon"')
    .action(async (endpoint: string, options: { versionIs?: string; reason: string }, command) => {
      const globals = command.optsWithGlobals() as GlobalOptions;
      const reason = parseReason(options.reason);
      await withConnection(globals, output, { deploy: false }, async () => {
        const { changeFromHere } = require('../change-endpoint') as typeof import('../change-endpoint');
        const { rollbackEndpoint } =
          require('../../serving/change-endpoint') as typeof import('../../serving/change-endpoint');
        const change = await changeFromHere(endpoint, (by) =>
          rollbackEndpoint({ endpoint, reason, by, version: options.versionIs }),
        );
        output.result(change);
        output.line(
          `'${endpoint}' serves version ${change.to ?? 'none'} again, in place of version ${change.from ?? 'none'}.`,
        );
      });
    });
};
