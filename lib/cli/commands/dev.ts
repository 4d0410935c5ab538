import { CliError, EXIT } from '../cli-error';
import type { CommandDefinition, GlobalOptions } from '../command-context';
import { parseAhead } from '../parse-ahead';
import { findMlflowPage } from '../mlflow-page';
import { localPermissions } from '../mlflow-permissions';
import { parsePort } from '../whole-number';

/** Port of the local cloud when none is named. */
export const DEFAULT_PORT = 4599;

interface DevOptions {
  readonly port: string;
  readonly mlflowUi?: string | true;
  readonly mlflowPermissions?: string;
  readonly readOnlyConsole?: true;
  readonly beside: boolean;
  readonly at?: string;
}

export const devCommand: CommandDefinition = (program, { output }) => {
  program
    .command('dev')
    .description('keep the local cloud up: AWS SDK clients talk to it on one port')
    .option('--port <number>', 'port on 127.0.0.1; 0 picks a free one', String(DEFAULT_PORT))
    .option(
      '--mlflow-ui [path]',
      "also serve MLflow's own page, from an installed wheel: its place, or 'auto' (default)",
    )
    .option(
      '--mlflow-permissions <file>',
      "hold MLflow's clients to permissions: callers name themselves by MLFLOW_TRACKING_USERNAME",
    )
    .option('--read-only-console', 'let nobody change anything in the console')
    .option(
      '--no-beside',
      'without the programs that pipelines name as `local`: services and clients that stand in',
    )
    .option(
      '--at <time>',
      'the time that it is at first, e.g. 2027-01-04T05:59:50+01:00: what rings then is seen without waiting',
    )
    .addHelpText(
      'after',
      '\nExamples:\n  millrace dev\n  millrace dev --mlflow-ui .venv\n  millrace dev --at 2027-01-04T05:59:50+01:00 --directory /tmp/monday\n  AWS_ENDPOINT_URL=http://127.0.0.1:4599 aws s3 ls\n  MLFLOW_TRACKING_URI=http://127.0.0.1:4599 python train.py',
    )
    .action(async (options: DevOptions, command) => {
      const globals = command.optsWithGlobals() as GlobalOptions;
      const port = parsePort(options.port);
      const ahead = options.at === undefined ? undefined : parseAhead(options.at);
      const page = options.mlflowUi === undefined ? undefined : findMlflowPage(options.mlflowUi);
      const guarded =
        options.mlflowPermissions === undefined ? [] : [localPermissions(options.mlflowPermissions)];
      const { connect } = require('../connect') as typeof import('../connect');
      const connection = await connect(globals, output, {
        deploy: true,
        port,
        schedules: true,
        begin: async (project) => {
          const { uploadAllSamples } = require('../sample-data') as typeof import('../sample-data');
          for (const { key } of await uploadAllSamples(project))
            output.progress(`Data: ${key}, as the bucket had none`);
        },
        guests: [...(page === undefined ? [] : [page]), ...guarded],
        readOnlyConsole: options.readOnlyConsole === true,
        ...(ahead === undefined ? {} : { ahead }),
      });
      if (connection.stays === true)
        throw new CliError(`The local cloud is up already at ${connection.url ?? ''}.`, {
          code: EXIT.environment,
          where: connection.project.stateDirectory,
          remedy:
            'Use it as it is, stop it with Ctrl-C where it runs, or name another state with --directory.',
        });
      const { startAllBeside } = require('../beside') as typeof import('../beside');
      const programs = options.beside ? startAllBeside(connection, output) : [];
      output.result({ url: connection.url, directory: connection.project.stateDirectory, pid: process.pid });
      output.line(`The local cloud is up at ${output.color.bold(connection.url ?? '')}`);
      output.line(`Console: ${output.color.bold(`${connection.url ?? ''}/console`)}`);
      output.line(`MLflow clients: MLFLOW_TRACKING_URI=${connection.url ?? ''}`);
      if (page !== undefined) output.line(`MLflow's page:  ${connection.url ?? ''}${page.path}`);
      if (ahead !== undefined)
        output.line(`It is ${new Date(Date.now() + ahead).toISOString()} here, and goes on from there.`);
      output.line('Schedules ring and files start pipelines while it is up.');
      output.line(`State: ${connection.project.stateDirectory}`);
      output.line('Stop it with Ctrl-C; executions in flight go on at the next start.');
      await new Promise<void>((resolve) => {
        process.once('SIGINT', resolve);
        process.once('SIGTERM', resolve);
      });
      await Promise.all(programs.map((program) => program.stop()));
      await connection.close();
    });
};
