import type { EndpointChange } from '../../serving/endpoint';
import { CliError, EXIT } from '../cli-error';
import type { CommandDefinition, GlobalOptions } from '../command-context';
import { parseReason } from '../reason';
import { withConnection } from '../with-connection';

interface Options {
  /** `false`: the shadow is to end. */
  readonly shadow?: string | false;
  readonly logShare?: string;
  readonly reason: string;
}

export const setEndpointCommand: CommandDefinition = (program, { output }) => {
  program
    .command('set-endpoint')
    .argument('<endpoint>', 'see `millrace deployments`')
    .description(
      'a version that scores in the shadow of the others, and the share of requests that is logged',
    )
    .option('--shadow <version>', 'scores the same requests without answering')
    .option('--no-shadow', 'end that')
    .option('--log-share <share>', 'of the requests, 0 to 1, that go into the prediction log')
    .requiredOption('--reason <text>', 'kept in the history of the endpoint')
    .addHelpText(
      'after',
      `
Examples:
  millrace set-endpoint churn --shadow 4 --reason "how does it do on real requests?"
  millrace set-endpoint churn --no-shadow --log-share 0.1 --reason "seen enough"`,
    )
    .action(async (endpoint: string, { shadow, logShare, reason: text }: Options, command) => {
      const globals = command.optsWithGlobals() as GlobalOptions;
      const reason = parseReason(text);
      if (shadow === undefined && logShare === undefined)
        throw new CliError('Nothing is to be set.', {
          code: EXIT.usage,
          remedy: 'Give --shadow <version>, --no-shadow or --log-share <share>.',
        });
      const share = logShare === undefined ? undefined : shareOf(logShare);
      await withConnection(globals, output, { deploy: false }, async () => {
        const { changeFromHere } = require('../change-endpoint') as typeof import('../change-endpoint');
        const { setLogShare, setShadow } =
          require('../../serving/change-endpoint') as typeof import('../../serving/change-endpoint');
        const changes: EndpointChange[] = [];
        if (shadow !== undefined)
          changes.push(
            await changeFromHere(endpoint, (by) =>
              setShadow({ endpoint, version: shadow === false ? null : shadow, reason, by }),
            ),
          );
        if (share !== undefined)
          changes.push(
            await changeFromHere(endpoint, (by) => setLogShare({ endpoint, logShare: share, reason, by })),
          );
        output.result(changes);
        if (shadow !== undefined)
          output.line(
            shadow === false
              ? `'${endpoint}' has no shadow.`
              : `Version ${shadow} scores in the shadow of '${endpoint}'.`,
          );
        if (share !== undefined)
          output.line(`${100 * share} % of the requests to '${endpoint}' go into the prediction log.`);
      });
    });
};

function shareOf(text: string): number {
  const share = Number(text);
  if (text.trim() !== '' && share >= 0 && share <= 1) return share;
  throw new CliError(`--log-share is '${text}', which is no share.`, {
    code: EXIT.usage,
    remedy: 'Write a number from 0 to 1: --log-share 0.1.',
  });
}
