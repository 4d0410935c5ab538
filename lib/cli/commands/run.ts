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
    .option(
      '--no-beside',
      'on this machine: the run alone, without programs beside it, runs before it and deployments after it',
    )
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
        options: { params?: string; wait: boolean; cache: boolean; beside: boolean; why?: string },
        command,
      ) => {
        const globals = command.optsWithGlobals() as GlobalOptions;
        const params = parseParams(options.params);
        const { findProject } = require('../project') as typeof import('../project');
        const { findCompiled } = require('../definitions') as typeof import('../definitions');
        const { checkParams } = require('../check-params') as typeof import('../check-params');
        const project = findProject(process.cwd(), globals.directory);
        const { model } = findCompiled(project, id);
        // In an account another version of the definition may be deployed: its launcher decides.
        if (globals.cloud !== 'aws') checkParams(model, params);
        const { checkStandIns } = require('../prepare-run') as typeof import('../prepare-run');
        if (globals.cloud !== 'aws' && globals.endpoint === undefined) await checkStandIns(project, model);
        await withConnection(globals, output, { deploy: globals.cloud !== 'aws' }, async (connection) => {
          const { openWorld } = require('../run-inputs') as typeof import('../run-inputs');
          const { prepareRun } = require('../prepare-run') as typeof import('../prepare-run');
          const { startRun } = require('../start-run') as typeof import('../start-run');
          const { followRun } = require('../follow-run') as typeof import('../follow-run');
          const alone = connection.where !== 'local' || !options.wait || !options.beside;
          const world = alone ? undefined : await openWorld(connection, model, params, output);
          try {
            if (alone) await prepareRun(connection, model, params, output);
            const started =
              world?.started ??
              (await startRun({
                stage: connection.stage,
                pipeline: id,
                params,
                cache: options.cache,
                ...(options.why === undefined ? {} : { why: options.why }),
              }));
            output.progress(`Run ${started.runId}`);
            if (!options.wait) return output.result(started);
            const run = await followRun(connection, started, output);
            const { printRunEnd } = require('../render/run-end') as typeof import('../render/run-end');
            output.result(run);
            printRunEnd(output, run);
            const { followDeployments } =
              require('../follow-deployments') as typeof import('../follow-deployments');
            if (options.beside) await followDeployments(connection, run, output);
            if (connection.where === 'local') {
              const { printLeftBehind } =
                require('../render/left-behind') as typeof import('../render/left-behind');
              const { DEFAULT_PORT } = require('./dev') as typeof import('./dev');
              const stays = connection.stays === true && connection.url !== undefined;
              const url = stays ? connection.url : `http://127.0.0.1:${DEFAULT_PORT}`;
              printLeftBehind(output, run, url, stays);
            }
            if (run.status !== 'success') exit(EXIT.failed);
          } finally {
            await world?.stop();
          }
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
