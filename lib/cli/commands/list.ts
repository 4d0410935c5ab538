import type { CommandDefinition, GlobalOptions } from '../command-context';
import { EXIT } from '../cli-error';
import { describeSchedule } from '../render/schedule';
import { relative } from 'node:path';

export const listCommand: CommandDefinition = (program, { output, exit }) => {
  program
    .command('list')
    .description('the pipelines in pipelines/, and the files that do not load')
    .addHelpText('after', '\nExample:\n  millrace list --json')
    .action(async (_options, command) => {
      const globals = command.optsWithGlobals() as GlobalOptions;
      const { findProject } = require('../project') as typeof import('../project');
      const { loadPipelines } =
        require('../../dsl/load-pipelines') as typeof import('../../dsl/load-pipelines');
      const project = findProject(process.cwd(), globals.directory);
      const { pipelines, failures } = loadPipelines(project.pipelines);
      const place = (file: string) => relative(project.root, file);
      output.result({
        pipelines: pipelines.map(({ model, file }) => ({
          id: model.id,
          description: model.description,
          owner: model.owner ?? null,
          schedule: describeSchedule(model.schedule),
          tasks: model.tasks.length,
          file: place(file),
        })),
        failures: failures.map((failure) => ({ ...failure, file: place(failure.file) })),
      });
      output.table(
        [
          { title: 'PIPELINE', value: (p) => p.model.id, fixed: true },
          { title: 'SCHEDULE', value: (p) => describeSchedule(p.model.schedule) },
          { title: 'TASKS', value: (p) => String(p.model.tasks.length), align: 'right' },
          { title: 'DESCRIPTION', value: (p) => p.model.description },
        ],
        pipelines,
      );
      for (const failure of failures) {
        output.line();
        output.line(
          `${output.color.red('broken')} ${place(failure.file)}${failure.line === undefined ? '' : `:${failure.line}`}`,
        );
        output.line(`  ${failure.message}`);
        output.line(`  ${output.color.dim('remedy')} ${failure.hint}`);
      }
      if (failures.length > 0) exit(EXIT.failed);
    });
};
