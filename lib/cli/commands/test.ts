import { CliError, EXIT } from '../cli-error';
import type { CommandDefinition, GlobalOptions } from '../command-context';
import { didYouMean } from '../../model/suggest';
import { withConnection } from '../with-connection';
import { parseParams } from './run';

export const testCommand: CommandDefinition = (program, { output, exit }) => {
  program
    .command('test')
    .argument('<pipeline>', 'id of the pipeline')
    .argument('<task>', 'id of the task, e.g. train/random-forest')
    .description('run one task with given inputs, or those of the latest run; no run is recorded')
    .option('--params <json>', 'params as JSON, or @file')
    .option(
      '--input <json>',
      'input of the task as JSON, or @file; what is left out comes from the latest run',
    )
    .addHelpText(
      'after',
      '\nExamples:\n  millrace test credit-risk ingest\n  millrace test credit-risk train/random-forest --input \'{"nEstimators": 50}\'',
    )
    .action(async (pipeline: string, task: string, options: { params?: string; input?: string }, command) => {
      const globals = command.optsWithGlobals() as GlobalOptions;
      const params = parseParams(options.params);
      const given = parseParams(options.input);
      const { findProject } = require('../project') as typeof import('../project');
      const { findCompiled } = require('../definitions') as typeof import('../definitions');
      const { checkParams } = require('../check-params') as typeof import('../check-params');
      const { model } = findCompiled(findProject(process.cwd(), globals.directory), pipeline);
      const ids = model.tasks.filter((node) => node.kind === 'task').map((node) => node.id);
      if (!ids.includes(task)) {
        throw new CliError(`'${pipeline}' has no task '${task}' that runs.`, {
          code: EXIT.usage,
          remedy: `${didYouMean(task, ids)}Tasks: ${ids.join(', ')}.`,
        });
      }
      checkParams(model, params);
      await withConnection(globals, output, { deploy: globals.cloud !== 'aws' }, async (connection) => {
        const { testTask } = require('../test-task') as typeof import('../test-task');
        const result = await testTask(connection, model, task, params, given);
        output.result(result);
        if (result.error !== null) {
          output.line(`${output.color.red('failed')} ${result.error.name}`);
          for (const line of result.error.message.split('\n')) output.line(`  ${line}`);
          return exit(EXIT.failed);
        }
        output.line(`${output.color.green('success')} ${task} in ${result.durationMs} ms`);
        output.line(JSON.stringify(result.out, null, 2));
      });
    });
};
