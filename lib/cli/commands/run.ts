import { readFileSync } from 'node:fs';
import { CliError, EXIT } from '../cli-error';
import type { CommandDefinition, GlobalOptions } from '../command-context';
import type { JsonObject } from '../../model/json';
import { withConnection } from '../with-connection';

export const runCommand: CommandDefinition = (program, { output, exit }) => {
  program
    .command('run')
    .argument('<pipeline>', 'id of the pipeline')
    .description('start a run and watch it to its end')
    .option('--params <json>', 'params as JSON, or @file for a file that holds them')
    .option(
      '--no-wait',
      'return as soon as it has started (with --cloud aws, --endpoint or a running `millrace dev`)',
    )
    .option('--why <text>', 'kept in the audit of the run')
    .option('--no-cache', 'let every task run, also where the result of an earlier run would do')
    .addHelpText(
      'after',
      `
Examples:
  millrace run credit-risk
  millrace run credit-risk --params '{"minimumAuc": 0.75}'
  millrace run credit-risk --params @params.json --json`,
    )
    .action(
      async (
        id: string,
        options: { params?: string; wait: boolean; cache: boolean; why?: string },
        command,
      ) => {
        const globals = command.optsWithGlobals() as GlobalOptions;
        const params = parseParams(options.params);
        const { findProject } = require('../project') as typeof import('../project');
        const { findCompiled } = require('../definitions') as typeof import('../definitions');
        const { checkParams } = require('../check-params') as typeof import('../check-params');
        const { model } = findCompiled(findProject(process.cwd(), globals.directory), id);
        // In an account another version of the definition may be deployed: its launcher decides.
        if (globals.cloud !== 'aws') checkParams(model, params);
        await withConnection(globals, output, { deploy: globals.cloud !== 'aws' }, async (connection) => {
          const { preparePython } = require('../prepare-python') as typeof import('../prepare-python');
          await preparePython(connection, id, output);
          if (globals.cloud !== 'aws' && globals.endpoint === undefined) {
            const { uploadSamples } = require('../sample-data') as typeof import('../sample-data');
            for (const { key } of await uploadSamples(connection.project.root, model, params))
              output.progress(`Data: ${key}, as the bucket had none`);
          }
          const { startRun } = require('../start-run') as typeof import('../start-run');
          const { followRun } = require('../follow-run') as typeof import('../follow-run');
          const started = await startRun({
            stage: connection.stage,
            pipeline: id,
            params,
            cache: options.cache,
            ...(options.why === undefined ? {} : { why: options.why }),
          });
          output.progress(`Run ${started.runId}`);
          if (!options.wait) return output.result(started);
          const run = await followRun(connection, started, output);
          const { printRunEnd } = require('../render/run-end') as typeof import('../render/run-end');
          output.result(run);
          printRunEnd(output, run);
          if (run.status !== 'success') exit(EXIT.failed);
        });
      },
    );
};

/** @throws CliError when the text is not a JSON object */
export function parseParams(text: string | undefined): JsonObject {
  if (text === undefined) return {};
  const fromFile = text.startsWith('@');
  const where = fromFile ? text.slice(1) : '--params';
  let source = text;
  if (fromFile) {
    try {
      source = readFileSync(text.slice(1), 'utf8');
    } catch (cause) {
      throw new CliError(`The params file cannot be read: ${text.slice(1)}.`, {
        code: EXIT.usage,
        where,
        remedy: 'Give the path of a JSON file after the @.',
        cause,
      });
    }
  }
  let value: unknown;
  try {
    value = JSON.parse(source);
  } catch (cause) {
    throw new CliError(`The params are not JSON: ${cause instanceof Error ? cause.message : ''}`, {
      code: EXIT.usage,
      where,
      remedy: `Write an object, e.g. --params '{"minimumAuc": 0.75}'.`,
      cause,
    });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new CliError('The params are not a JSON object.', {
      code: EXIT.usage,
      where,
      remedy: `Write an object, e.g. --params '{"minimumAuc": 0.75}'.`,
    });
  }
  return value as JsonObject;
}
