// One process of the crash test: opens the local cloud on a state directory and takes runs to their end, one after the other.
// `node crash-run.js <state directory> <token> …`; a line of JSON when a run is on its way and one when it has ended.
'use strict';
require('tsx/cjs/api').register();
const { Output } = require('../../lib/cli/output');
const { connect } = require('../../lib/cli/connect');
const { uploadData } = require('../../lib/cli/upload-data');
const { followRun } = require('../../lib/cli/follow-run');
const { readRunLogs } = require('../../lib/cli/run-logs');
const { readModels } = require('../../lib/cli/model-queries');
const { startRun } = require('../../lib/cli/start-run');

const [, , directory, ...tokens] = process.argv;
const tell = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

async function main() {
  const output = new Output({ stdout: process.stdout, stderr: process.stderr, json: true, color: false });
  const connection = await connect({ directory }, output, { deploy: true });
  await uploadData(connection.project.root, 'german_credit.csv');
  for (const token of tokens) {
    const begun = Date.now();
    const started = await startRun({ stage: connection.stage, pipeline: 'credit-risk', params: {}, token });
    tell({ began: token });
    const run = await followRun(connection, started, output);
    const logs = await readRunLogs(connection, run);
    tell({
      ended: token,
      milliseconds: Date.now() - begun,
      run,
      successes: logs.filter((line) => line.text === 'Task succeeded').map((line) => line.task),
      models: await readModels(),
    });
  }
  await connection.close();
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
