import { Option, type Command } from 'commander';
import { CliError, EXIT } from '../cli-error';
import { gatesTable } from '../render/gates-table';
import type { CommandContext, GlobalOptions } from '../command-context';
import { parseReason } from '../reason';
import { withConnection } from '../with-connection';

interface Options {
  readonly alias?: string;
  readonly toStage?: (typeof STAGES)[number];
  readonly keepExisting?: boolean;
  readonly expect?: string;
  readonly force?: boolean;
  readonly reason: string;
}

const STAGES = ['None', 'Staging', 'Production', 'Archived'] as const;

export function modelsPromoteCommand(models: Command, { output }: CommandContext): void {
  models
    .command('promote')
    .argument('<name>', 'registered model')
    .argument('<version>', 'its version')
    .description('give a version an alias, a stage, or both at once; who and why are recorded')
    .option('--alias <alias>', 'e.g. champion; moves from whichever version has it')
    .addOption(
      new Option('--to-stage <stage>', "stage of the version ('--stage' is the deployment)").choices(STAGES),
    )
    .option('--keep-existing', 'leave other versions in Staging or Production there; else they are archived')
    .option('--expect <version>', "only if that version has the alias now; 'none': only if none has")
    .option('--force', 'although a gate of the model refuses; that is recorded too')
    .requiredOption('--reason <text>', 'kept in the history of the model')
    .addHelpText(
      'after',
      `
Example:
  millrace models promote credit-risk 3 --alias champion --to-stage Production \\
    --expect 2 --reason "better on the March data"

Exit code 1: when a gate of the model refuses (see millrace models gates), or with --expect, when another
version has the alias; nothing is changed then.`,
    )
    .action(async (name: string, version: string, options: Options, command: Command) => {
      const globals = command.optsWithGlobals<GlobalOptions>();
      checkOptions(options, globals);
      const { alias, toStage: stage, expect } = options;
      const reason = parseReason(options.reason);
      await withConnection(globals, output, { deploy: false }, async () => {
        const { findRegisteredModel } = require('../find-model') as typeof import('../find-model');
        const { promote } = require('../../tracking/promotion') as typeof import('../../tracking/promotion');
        const { currentUser } = require('../ask-launcher') as typeof import('../ask-launcher');
        const { withRefusals } = require('../refusals') as typeof import('../refusals');
        await findRegisteredModel(name);
        const promotion = await withRefusals(
          { where: `${name}/${version}`, remedy: `Nothing was changed. See \`millrace models ${name}\`.` },
          () =>
            promote({
              name,
              version,
              stage,
              alias,
              archiveExisting:
                options.keepExisting !== true && (stage === 'Production' || stage === 'Staging'),
              ...(expect === undefined ? {} : { expected: expect === 'none' ? null : expect }),
              reason,
              by: currentUser(),
              force: options.force,
            }),
        );
        output.result(promotion);
        const now = [
          ...(alias === undefined ? [] : [alias]),
          ...(stage === undefined ? [] : [`in ${stage}`]),
        ];
        gatesTable(output, promotion.gates);
        output.line(`Version ${version} of ${name} is ${now.join(' and ')}.`);
        if (alias !== undefined) {
          output.line(
            promotion.previous === null
              ? `No version was ${alias} before.`
              : `Before it was version ${promotion.previous}; back: millrace models rollback ${name} --alias ${alias}`,
          );
        }
      });
    });
}

function checkOptions({ alias, toStage, expect }: Options, { stage }: GlobalOptions): void {
  const wrong = (message: string, where: string, remedy: string) =>
    new CliError(message, { code: EXIT.usage, where, remedy });
  const meant = STAGES.find((known) => known === stage);
  if (meant !== undefined)
    throw wrong(
      `'${meant}' is a stage of a version; --stage names the deployment.`,
      '--stage',
      `Write --to-stage ${meant}.`,
    );
  if (alias === undefined && toStage === undefined)
    throw wrong(
      'Nothing to promote to.',
      'command line',
      'Name an alias, a stage, or both: --alias champion --to-stage Production.',
    );
  if (alias === undefined && expect !== undefined)
    throw wrong(
      '--expect says which version must have the alias, but no alias is given.',
      '--expect',
      'Add --alias champion.',
    );
}
