// Runs commands one after the other in one process, as they come by its standard input: starting node for each takes a second.
'use strict';
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
require('tsx/cjs/api').register();
const { createInterface } = require('node:readline');
const { Writable } = require('node:stream');
const { main } = require('../../lib/cli/main');

const collect = (chunks) =>
  new Writable({
    write(chunk, _encoding, done) {
      chunks.push(chunk.toString());
      done();
    },
  });

async function serve() {
  for await (const line of createInterface({ input: process.stdin })) {
    const [stdout, stderr] = [[], []];
    const code = await main(['node', 'millrace', ...JSON.parse(line)], {
      stdout: collect(stdout),
      stderr: collect(stderr),
    });
    process.stdout.write(`${JSON.stringify({ code, stdout: stdout.join(''), stderr: stderr.join('') })}\n`);
  }
  process.exit(0);
}

serve().catch((error) => {
  console.error(error);
  process.exit(1);
});
