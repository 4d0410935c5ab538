import { readFileSync } from 'node:fs';
import type { Strategy } from '../../serving/traffic';
import type { ServingTarget } from '../../tasks/serving-target';
import { CliError, EXIT } from '../cli-error';
import type { CommandDefinition, GlobalOptions } from '../command-context';
import { parseReason } from '../reason';
import { withConnection } from '../with-connection';

interface Options {
  readonly to?: string;
  readonly canary?: string;
  readonly linear?: string;
  readonly target?: string;
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
    .option('--target <file>', 'JSON: where it is to run, if not by the function of the stage')
    .requiredOption('--reason <text>', 'kept in the history of the endpoint')
    .addHelpText(
      'after',
      `
Examples:
  millrace deploy-model churn 3 --reason "better on the March data"
  millrace deploy-model churn @champion --canary 10:300 --reason "new champion"
  millrace deploy-model churn 3 --target fargate.json --reason "it needs more memory"

Without --canary and --linear all traffic goes over at once. Exit code 1: when the endpoint cannot take it now.`,
    )
    .action(async (model: string, version: string, options: Options, command) => {
      const globals = command.optsWithGlobals() as GlobalOptions;
      const reason = parseReason(options.reason);
      const strategy = strategyOf(options);
      const target = targetOf(options);
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
            target,
            reason,
            by,
          }),
        );
        output.result(change);
        const runsOn = await targetKindOf(endpoint);
        if (runsOn !== undefined)
          return output.line(
            `Version ${change.to ?? ''} of ${model} gets its traffic when it runs on ${runsOn}. See \`millrace deployments ${endpoint}\`.`,
          );
        output.line(
          strategy.kind === 'all-at-once' || change.from === null
            ? `'${endpoint}' serves version ${change.to ?? ''} of ${model}.`
            : `Traffic of '${endpoint}' goes over from version ${change.from} to ${change.to ?? ''}. See \`millrace deployments ${endpoint}\`.`,
        );
      });
    });
};

async function targetKindOf(endpoint: string): Promise<string | undefined> {
  const { findEndpoint } = require('../../serving/endpoint') as typeof import('../../serving/endpoint');
  return (await findEndpoint(endpoint))?.target?.kind;
}

/** @throws CliError that names what is wrong in the file */
function targetOf({ target }: Options): ServingTarget | undefined {
  if (target === undefined) return undefined;
  const { servingTarget } =
    require('../../tasks/serving-target') as typeof import('../../tasks/serving-target');
  const refused = (fault: string) =>
    new CliError(`${target} describes no target: ${fault}.`, {
      code: EXIT.usage,
      where: target,
      remedy: 'docs/guides/deployment.md shows what each kind of target has.',
    });
  let given: unknown;
  try {
    given = JSON.parse(readFileSync(target, 'utf8'));
  } catch (error) {
    throw refused((error as Error).message);
  }
  const parsed = servingTarget.safeParse(given);
  if (parsed.success) return parsed.data;
  throw refused(
    parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'it'}: ${message}`).join('; '),
  );
}

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
