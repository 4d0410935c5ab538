import type { Command } from 'commander';
import type { CommandContext, GlobalOptions } from '../command-context';
import { withConnection } from '../with-connection';

export function modelsHistoryCommand(models: Command, { output }: CommandContext): void {
  models
    .command('history')
    .argument('<name>', 'registered model')
    .description('who changed a model when and why, newest first')
    .addHelpText('after', '\nExample:\n  millrace models history credit-risk --json')
    .action(async (name: string, _options: object, command: Command) => {
      const globals = command.optsWithGlobals<GlobalOptions>();
      await withConnection(globals, output, { deploy: false }, async () => {
        const { findRegisteredModel } = require('../find-model') as typeof import('../find-model');
        const { readModel } = require('../model-queries') as typeof import('../model-queries');
        const { events } = await readModel(await findRegisteredModel(name));
        output.result(events);
        output.table(
          [
            { title: 'WHEN', value: (event) => event.at.replace('T', ' ').slice(0, 19), fixed: true },
            { title: 'VERSION', value: (event) => event.version, align: 'right', fixed: true },
            { title: 'WHAT', value: (event) => event.what },
            { title: 'WHO', value: (event) => who(event.by) },
            { title: 'WHY', value: (event) => event.reason },
          ],
          events,
        );
      });
    });
}

/** Of an execution only its name: the ARN is in the JSON. */
function who(by: string): string {
  return by.startsWith('arn:') ? by.slice(by.lastIndexOf(':') + 1) : by;
}
