// One process of the crash test: opens the local cloud on a state directory, makes sure that the run is started, waits for its end.
'use strict';
require('tsx/cjs/api').register();
const { Output } = require('../../lib/cli/output');
const { connect } = require('../../lib/cli/connect');
const { uploadData } = require('../../lib/cli/upload-data');
const { followRun } = require('../../lib/cli/follow-run');
const { readRunLogs } = require('../../lib/cli/run-logs');
const { readModels } = require('../../lib/cli/model-queries');
const { startRun } = require('../../lib/cli/start-run');

const [, , directory, token] = process.argv;

async function main() {
  const output = new Output({ stdout: process.stdout, stderr: process.stderr, json: true, color: false });
  const connection = await connect({ directory }, output, { deploy: true });
  await uploadData(connection.project.root, 'german_credit.csv');
  const started = await startRun({ stage: connection.stage, pipeline: 'credit-risk', params: {}, token });
  const run = await followRun(connection, started, output);
  const logs = await readRunLogs(connection, run);
  const models = await readModels();
  output.result({
    run,
    successes: logs.filter((line) => line.text === 'Task succeeded').map((line) => line.task),
    models,
  });
  await connection.close();
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
