import type { Strategy } from '../../serving/traffic';
import { CliError, EXIT } from '../cli-error';
import type { CommandDefinition, GlobalOptions } from '../command-context';
import { parseReason } from '../reason';
import { withConnection } from '../with-connection';

interface Options {
  readonly to?: string;
  readonly canary?: string;
  readonly linear?: string;
  readonly reason: string;
}

export const deployModelCommand: CommandDefinition = (program, { output }) => {
  program
    .command('deploy-model')
    .argument('<model>', 'registered model')
    .argument('<version>', 'its version, or @ and an alias')
    .description('bring a version to an endpoint; the pipeline model-deployment also tests it')
    .option('--to <endpoint>', 'default: the name of the model')
    .option('--canary <percent:seconds>', 'a share of the traffic for some time, then all of it')
    .option('--linear <percent:seconds>', 'a share more after each interval')
    .requiredOption('--reason <text>', 'kept in the history of the endpoint')
    .addHelpText(
      'after',
      `
Examples:
  millrace deploy-model churn 3 --reason "better on the March data"
  millrace deploy-model churn @champion --canary 10:300 --reason "new champion"

Without --canary and --linear all traffic goes over at once. Exit code 1: when the endpoint cannot take it now.`,
    )
    .action(async (model: string, version: string, options: Options, command) => {
      const globals = command.optsWithGlobals() as GlobalOptions;
      const reason = parseReason(options.reason);
      const strategy = strategyOf(options);
      await withConnection(globals, output, { deploy: false }, async () => {
        const { changeFromHere } = require('../change-endpoint') as typeof import('../change-endpoint');
        const { deployVersion } =
          require('../../serving/change-endpoint') as typeof import('../../serving/change-endpoint');
        const { versionOfAlias } =
          require('../../serving/version-of-alias') as typeof import('../../serving/version-of-alias');
        const endpoint = options.to ?? model;
        const change = await changeFromHere(endpoint, async (by) =>
          deployVersion({
            endpoint,
            model,
            version: await versionOfAlias(model, version),
            strategy,
            reason,
            by,
          }),
        );
        output.result(change);
        output.line(
          strategy.kind === 'all-at-once' || change.from === null
            ? `'${endpoint}' serves version ${change.to ?? ''} of ${model}.`
            : `Traffic of '${endpoint}' goes over from version ${change.from} to ${change.to ?? ''}. See \`millrace deployments ${endpoint}\`.`,
        );
      });
    });
};

function strategyOf({ canary, linear }: Options): Strategy {
  if (canary !== undefined && linear !== undefined)
    throw new CliError('--canary and --linear exclude each other.', {
      code: EXIT.usage,
      remedy: 'Give one of them.',
    });
  if (canary !== undefined) {
    const [percent, seconds] = pairOf('--canary', canary);
    return { kind: 'canary', percent, seconds };
  }
  if (linear !== undefined) {
    const [percent, everySeconds] = pairOf('--linear', linear);
    return { kind: 'linear', percent, everySeconds };
  }
  return { kind: 'all-at-once' };
}

function pairOf(option: string, text: string): [number, number] {
  const [, percent, seconds] = /^(\d+(?:\.\d+)?):(\d+(?:\.\d+)?)$/.exec(text) ?? [];
  if (percent === undefined || !(Number(percent) > 0) || Number(percent) > 100 || !(Number(seconds) > 0))
    throw new CliError(`${option} is '${text}', which is no share and time.`, {
      code: EXIT.usage,
      remedy: `Write percent and seconds: ${option} 10:300.`,
    });
  return [Number(percent), Number(seconds)];
}
