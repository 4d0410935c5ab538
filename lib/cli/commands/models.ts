import type { CommandDefinition, GlobalOptions } from '../command-context';
import { withConnection } from '../with-connection';
import { modelsApproveCommand } from './models-approve';
import { modelsExportCommand } from './models-export';
import { modelsGatesCommand } from './models-gates';
import { modelsHistoryCommand } from './models-history';
import { modelsImportCommand } from './models-import';
import { modelsPromoteCommand } from './models-promote';
import { modelsRollbackCommand } from './models-rollback';

/** The same without `models` before it; `millrace rollback` is that of a pipeline. */
export const promoteCommand: CommandDefinition = (program, context) => modelsPromoteCommand(program, context);

export const modelsCommand: CommandDefinition = (program, context) => {
  const { output } = context;
  const models = program
    .command('models')
    .argument('[name]', 'only this registered model')
    .description('registered models: versions, aliases, stages, and why each decision was made')
    .addHelpText('after', '\nExamples:\n  millrace models\n  millrace models credit-risk --json')
    .action(async (name: string | undefined, _options, command) => {
      const globals = command.optsWithGlobals() as GlobalOptions;
      await withConnection(globals, output, { deploy: false }, async () => {
        const { readModel, readModels } = require('../model-queries') as typeof import('../model-queries');
        const { findRegisteredModel } = require('../find-model') as typeof import('../find-model');
        const models =
          name === undefined ? await readModels() : [await readModel(await findRegisteredModel(name))];
        output.result(models);
        if (models.length === 0) output.line('No registered models yet.');
        for (const model of models) {
          output.heading(model.name);
          output.table(
            [
              { title: 'VERSION', value: (v) => v.version, align: 'right' },
              { title: 'STAGE', value: (v) => v.stage },
              { title: 'ALIASES', value: (v) => v.aliases.join(', ') },
              { title: 'CREATED', value: (v) => v.createdAt.replace('T', ' ').slice(0, 16), fixed: true },
              { title: 'RUN', value: (v) => v.runId.slice(0, 8), fixed: true },
            ],
            model.versions,
          );
          output.line('Decisions');
          for (const event of model.events) {
            output.line(
              `  ${output.color.dim(event.at.replace('T', ' ').slice(0, 19))} ${event.version === '' ? '' : `version ${event.version}: `}${event.what}`,
            );
            if (event.reason !== '') output.line(`    ${event.reason}`);
          }
          output.line();
        }
      });
    });
  modelsHistoryCommand(models, context);
  modelsPromoteCommand(models, context);
  modelsRollbackCommand(models, context);
  modelsGatesCommand(models, context);
  modelsApproveCommand(models, context);
  modelsExportCommand(models, context);
  modelsImportCommand(models, context);
};
