import type { Command } from 'commander';
import type { CommandContext, GlobalOptions } from '../command-context';
import { parseReason } from '../reason';
import { withConnection } from '../with-connection';

export function modelsApproveCommand(models: Command, { output }: CommandContext): void {
  models
    .command('approve')
    .argument('<name>', 'registered model')
    .argument('<version>', 'its version')
    .description("say yes to a version, for a gate of kind 'approval'; who and why are recorded")
    .requiredOption('--reason <text>', 'kept in the history of the model')
    .addHelpText(
      'after',
      '\nExample:\n  millrace models approve credit-risk 3 --reason "seen by the risk board, R-7"',
    )
    .action(async (name: string, version: string, options: { reason: string }, command: Command) => {
      const globals = command.optsWithGlobals<GlobalOptions>();
      const reason = parseReason(options.reason);
      await withConnection(globals, output, { deploy: false }, async () => {
        const { findRegisteredModel } = require('../find-model') as typeof import('../find-model');
        const { approveVersion } =
          require('../../tracking/gate-records') as typeof import('../../tracking/gate-records');
        const { currentUser } = require('../ask-launcher') as typeof import('../ask-launcher');
        const { withRefusals } = require('../refusals') as typeof import('../refusals');
        await findRegisteredModel(name);
        const by = currentUser();
        await withRefusals(
          { where: `${name}/${version}`, remedy: `Nothing was changed. See \`millrace models ${name}\`.` },
          () => approveVersion(name, version, { by, reason }),
        );
        output.result({ name, version, approvedBy: by, reason });
        output.line(`Version ${version} of ${name} is approved by ${by}.`);
      });
    });
}
