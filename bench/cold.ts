/**
 * Size of each handler's bundle, and the time from the start of its process to its first answer, beside a process of
 * node that answers without loading anything.
 *
 *   node --import tsx bench/cold.ts
 *
 * The first event is one that the contract refuses; the services that a handler asks before are played by a server
 * here that knows nothing. Goal without DuckDB: under 1.5 MB and 150 ms.
 */
import { fork } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { bundleHandlers, findHandlers } from '../lib/cloud/bundle-handlers';
import { REPOSITORY } from './support/many-pipelines';

const RUNS = 5;
const GOAL = { bytes: 1_500_000, milliseconds: 150 };

/** Loads a bundle, calls it once, says when. Plain JavaScript: nothing else is loaded. */
const HOST = `
const answer = () => process.send('answered', () => process.exit());
if (process.argv[2] === undefined) answer();
else require(process.argv[2]).handler({}, { awsRequestId: 'x', functionName: 'x', getRemainingTimeInMillis: () => 5000 }).then(answer, answer);
`;

function emptyService(): Promise<Server> {
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' }).end('{}');
    });
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

/** Milliseconds from spawn to answer. */
function firstAnswer(
  host: string,
  bundle: string | undefined,
  environment: NodeJS.ProcessEnv,
): Promise<number> {
  const start = performance.now();
  const child = fork(host, bundle === undefined ? [] : [bundle], {
    env: environment,
    execArgv: ['--enable-source-maps'],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  return new Promise((resolve, reject) => {
    let answered: number | undefined;
    child.on('message', () => (answered = performance.now() - start));
    child.on('exit', () => {
      if (answered === undefined) reject(new Error(`${bundle ?? 'node'} ended without an answer.`));
      else resolve(answered);
    });
  });
}

async function fastestAnswer(
  host: string,
  bundle: string | undefined,
  environment: NodeJS.ProcessEnv,
): Promise<number> {
  let best = Number.POSITIVE_INFINITY;
  for (let run = 0; run < RUNS; run++) best = Math.min(best, await firstAnswer(host, bundle, environment));
  return best;
}

function row(...cells: string[]): void {
  console.log(cells.map((cell, i) => (i === 0 ? cell.padEnd(28) : cell.padStart(11))).join(''));
}

async function main(): Promise<void> {
  const scratch = mkdtempSync(join(tmpdir(), 'millrace-cold-'));
  const server = await emptyService();
  try {
    const host = join(scratch, 'host.js');
    writeFileSync(host, HOST);
    const { port } = server.address() as AddressInfo;
    const environment: NodeJS.ProcessEnv = {
      PATH: process.env['PATH'],
      NODE_PATH: join(REPOSITORY, 'node_modules'),
      AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
      AWS_REGION: 'eu-west-1',
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
      MILLRACE_STAGE: 'dev',
      MILLRACE_BUCKET: 'bucket',
      MILLRACE_TRACKING_TABLE: 'tracking',
      MILLRACE_ORCHESTRATION_TABLE: 'orchestration',
      MILLRACE_ALARM_TOPIC: 'arn:aws:sns:eu-west-1:000000000000:alarms',
      MILLRACE_BUS: 'bus',
      MILLRACE_CODE_HASH: '0'.repeat(64),
    };
    const handlers = findHandlers(REPOSITORY);
    const { bundles, failures } = await bundleHandlers({
      projectRoot: REPOSITORY,
      handlers,
      outdir: scratch,
    });
    for (const failure of failures) console.log(`left out: ${failure.file}: ${failure.message}`);
    const bare = await fastestAnswer(host, undefined, environment);
    row('handler', 'KB', 'gzip KB', 'map KB', 'ms', 'bare node', 'ratio', 'goal');
    for (const { handler, directory, bytes } of bundles.values()) {
      const file = join(directory, 'index.js');
      const code = readFileSync(file);
      const time = await fastestAnswer(host, file, environment);
      const native = code.includes('@duckdb/node-api');
      const met = bytes < GOAL.bytes && time < GOAL.milliseconds;
      row(
        handler.replace('lambdas/', ''),
        (bytes / 1000).toFixed(0),
        (gzipSync(code).byteLength / 1000).toFixed(0),
        (statSync(`${file}.map`).size / 1000).toFixed(0),
        time.toFixed(0),
        bare.toFixed(0),
        (time / bare).toFixed(1),
        native ? 'DuckDB' : met ? 'met' : 'missed',
      );
    }
  } finally {
    server.close();
    rmSync(scratch, { recursive: true, force: true });
  }
}

void main();
