import { CliError, EXIT } from '../cli-error';
import type { CommandDefinition, GlobalOptions } from '../command-context';
import { withConnection } from '../with-connection';

export const webhooksCommand: CommandDefinition = (program, { output }) => {
  program
    .command('webhooks')
    .argument('[webhook]', 'id or name; shows what became of its deliveries')
    .description('webhooks of the model registry, or the last deliveries of one')
    .addHelpText(
      'after',
      `
Examples:
  millrace webhooks
  millrace webhooks chat --json

MLflow's clients and its page make, change and delete them: client.create_webhook.`,
    )
    .action(async (wanted: string | undefined, _options, command) => {
      const globals = command.optsWithGlobals() as GlobalOptions;
      await withConnection(globals, output, { deploy: false }, async () => {
        const { listWebhooks } =
          require('../../tracking/webhooks/webhooks') as typeof import('../../tracking/webhooks/webhooks');
        const { listDeliveries } =
          require('../../tracking/webhooks/deliver') as typeof import('../../tracking/webhooks/deliver');
        const webhooks = await listWebhooks();
        if (wanted === undefined) {
          output.result(webhooks);
          if (webhooks.length === 0) output.line('No webhooks.');
          else
            output.table(
              [
                { title: 'ID', value: ({ id }) => id, fixed: true },
                { title: 'NAME', value: ({ name }) => name },
                { title: 'STATUS', value: ({ status }) => status, fixed: true },
                { title: 'SIGNED', value: ({ signed }) => (signed ? 'yes' : 'no'), fixed: true },
                {
                  title: 'EVENTS',
                  value: ({ events }) => events.map((e) => `${e.entity}.${e.action}`).join(', '),
                },
                { title: 'URL', value: ({ url }) => url },
              ],
              webhooks,
            );
          return;
        }
        const found = webhooks.filter(({ id, name }) => id === wanted || name === wanted);
        const [webhook] = found;
        if (webhook === undefined || found.length > 1)
          throw new CliError(
            webhook === undefined
              ? `There is no webhook '${wanted}'.`
              : `${found.length} webhooks are called '${wanted}'.`,
            {
              code: EXIT.usage,
              remedy: `Give an id: ${webhooks.map(({ id, name }) => `${id} (${name})`).join(', ') || 'there is none'}.`,
            },
          );
        const deliveries = await listDeliveries(webhook.id);
        output.result(deliveries);
        if (deliveries.length === 0) output.line(`Nothing was sent to ${webhook.name} yet.`);
        else
          output.table(
            [
              { title: 'WHEN', value: ({ at }) => at.replace('T', ' ').slice(0, 19), fixed: true },
              { title: 'EVENT', value: ({ event }) => event, fixed: true },
              { title: 'DELIVERED', value: ({ delivered }) => (delivered ? 'yes' : 'no'), fixed: true },
              { title: 'ATTEMPTS', value: ({ attempts }) => String(attempts), align: 'right' },
              { title: 'STATUS', value: ({ status }) => String(status ?? ''), align: 'right' },
              { title: 'ERROR', value: ({ error }) => error ?? '' },
            ],
            deliveries,
          );
      });
    });
};
