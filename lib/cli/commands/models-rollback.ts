import type { Command } from 'commander';
import type { CommandContext, GlobalOptions } from '../command-context';
import { parseReason } from '../reason';
import { withConnection } from '../with-connection';

export function modelsRollbackCommand(models: Command, { output }: CommandContext): void {
  models
    .command('rollback')
    .argument('<name>', 'registered model')
    .description('give an alias back to the version that had it before; who and why are recorded')
    .requiredOption('--alias <alias>', 'e.g. champion')
    .requiredOption('--reason <text>', 'kept in the history of the model')
    .addHelpText(
      'after',
      '\nExample:\n  millrace models rollback credit-risk --alias champion --reason "too many rejections"',
    )
    .action(async (name: string, options: { alias: string; reason: string }, command: Command) => {
      const globals = command.optsWithGlobals<GlobalOptions>();
      const reason = parseReason(options.reason);
      await withConnection(globals, output, { deploy: false }, async () => {
        const { findRegisteredModel } = require('../find-model') as typeof import('../find-model');
        const { rollback } = require('../../tracking/rollback') as typeof import('../../tracking/rollback');
        const { currentUser } = require('../ask-launcher') as typeof import('../ask-launcher');
        const { withRefusals } = require('../refusals') as typeof import('../refusals');
        await findRegisteredModel(name);
        const promotion = await withRefusals(
          { where: name, remedy: `Nothing was changed. See \`millrace models history ${name}\`.` },
          () => rollback({ name, alias: options.alias, reason, by: currentUser() }),
        );
        output.result(promotion);
        output.line(
          `Version ${promotion.version} of ${name} is ${options.alias} again, in place of version ${promotion.previous ?? 'none'}.`,
        );
      });
    });
}
