import { EXIT } from '../cli-error';
import type { CommandDefinition, GlobalOptions } from '../command-context';
import { parsePort } from '../whole-number';
import { withConnection } from '../with-connection';

/** The pipeline of the quick start, and the data it reads. */
const PIPELINE = 'credit-risk';
const DATA = 'german_credit.csv';

export const startCommand: CommandDefinition = (program, { output, exit }) => {
  program
    .command('start')
    .description(`the quick start: local cloud, data, one run of ${PIPELINE}, and what came of it`)
    .option('--port <number>', 'port of the local cloud; 0 picks a free one', '0')
    .addHelpText('after', '\nExamples:\n  npm start\n  npm start -- --json')
    .action(async (options: { port: string }, command) => {
      const globals = command.optsWithGlobals() as GlobalOptions;
      const port = parsePort(options.port);
      const { findProject } = require('../project') as typeof import('../project');
      const { findCompiled } = require('../definitions') as typeof import('../definitions');
      findCompiled(findProject(process.cwd(), globals.directory), PIPELINE);
      await withConnection(globals, output, { deploy: true, port }, async (connection) => {
        const { uploadData } = require('../upload-data') as typeof import('../upload-data');
        const { startRun } = require('../start-run') as typeof import('../start-run');
        const { followRun, runsInFlight } = require('../follow-run') as typeof import('../follow-run');
        const { readModels } = require('../model-queries') as typeof import('../model-queries');
        const { summarise, printSummary } =
          require('../render/start-summary') as typeof import('../render/start-summary');

        for (const earlier of await runsInFlight(connection, PIPELINE)) {
          output.progress(`A run that was interrupted goes on: ${earlier.runId}`);
          await followRun(connection, earlier, output);
        }
        const upload = await uploadData(connection.project.root, DATA);
        output.progress(
          upload.uploaded
            ? `Data: ${upload.key} (${upload.bytes} bytes)`
            : `Data: ${upload.key} is up to date (${upload.bytes} bytes)`,
        );
        const before = await readModels();
        const started = await startRun({ stage: connection.stage, pipeline: PIPELINE, params: {} });
        output.progress(`Run ${started.runId} on ${connection.url ?? ''}`);
        const run = await followRun(connection, started, output);
        const summary = await summarise(connection, run, before, await readModels());
        output.result(summary);
        printSummary(output, summary);
        if (run.status !== 'success') exit(EXIT.failed);
      });
    });
};
