// Runs one handler in a process of its own and speaks the Lambda runtime API to the host, as AWS's own runtime does.
'use strict';
const http = require('node:http');
const path = require('node:path');
const { loadHandler } = require('./load-handler.js');

const api = `http://${process.env.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime`;
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });

const RealDate = Date;
/** How far the clock of the local cloud is ahead of this machine's. */
let ahead = 0;

/** A test drives the clock of the local cloud: functions see its time, which goes on while they work. */
function follow(milliseconds) {
  if (milliseconds === undefined) return;
  ahead = Number(milliseconds) - RealDate.now();
  if (global.Date !== RealDate) return;
  const now = () => RealDate.now() + ahead;
  global.Date = new Proxy(RealDate, {
    construct: (target, args, created) =>
      Reflect.construct(target, args.length === 0 ? [now()] : args, created),
    apply: () => new RealDate(now()).toString(),
    get: (target, name) => (name === 'now' ? now : Reflect.get(target, name)),
  });
}

function call(method, url, body) {
  return new Promise((resolve, reject) => {
    const request = http.request(
      `${api}${url}`,
      {
        method,
        agent,
        headers:
          body === undefined
            ? {}
            : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
      },
      (response) => {
        const chunks = [];
        response.on('data', (chunk) => chunks.push(chunk));
        response.on('end', () =>
          resolve({
            headers: response.headers,
            status: response.statusCode,
            body: Buffer.concat(chunks).toString('utf8'),
          }),
        );
        response.on('error', reject);
      },
    );
    request.on('error', reject);
    request.end(body);
  });
}

function failure(thrown) {
  const error =
    thrown instanceof Error
      ? thrown
      : new Error(typeof thrown === 'string' ? thrown : JSON.stringify(thrown));
  return JSON.stringify({
    errorType: thrown instanceof Error ? error.name : 'Error',
    errorMessage: error.message,
    trace: (error.stack || '').split('\n'),
  });
}

function contextOf(headers) {
  const deadline = Number(headers['lambda-runtime-deadline-ms']);
  return {
    awsRequestId: headers['lambda-runtime-aws-request-id'],
    invokedFunctionArn: headers['lambda-runtime-invoked-function-arn'],
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: '$LATEST',
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => Math.max(0, deadline - RealDate.now()),
    done() {},
    fail() {},
    succeed() {},
  };
}

// The host keeps the other end of stdin: when it goes, however it goes, nobody waits for this process any more.
process.stdin
  .on('end', () => process.exit(0))
  .on('error', () => process.exit(0))
  .resume();
process.stdin.unref?.();

/** What was compiled is kept when nothing is asked for a while: then the work that it costs holds nobody up. */
const QUIET_MS = 100;

async function main() {
  let handler;
  let keep = () => {};
  try {
    const [file, name] = process.env._HANDLER.split('.');
    const cache = process.env.MILLRACE_CODE_CACHE;
    delete process.env.MILLRACE_CODE_CACHE;
    const loaded = loadHandler(path.join(process.env.LAMBDA_TASK_ROOT, file), cache);
    keep = loaded.keep;
    handler = loaded.exports[name];
    if (typeof handler !== 'function')
      throw Object.assign(new Error(`${process.env._HANDLER} is undefined or not exported`), {
        name: 'Runtime.HandlerNotFound',
      });
  } catch (error) {
    await call('POST', '/init/error', failure(error));
    process.exit(1);
  }
  for (;;) {
    const quiet = setTimeout(keep, QUIET_MS);
    const next = await call('GET', '/invocation/next');
    clearTimeout(quiet);
    if (next.status !== 200) process.exit(0);
    const id = next.headers['lambda-runtime-aws-request-id'];
    follow(next.headers['millrace-now-ms']);
    let answer;
    try {
      const context = contextOf(next.headers);
      const result =
        handler.length >= 3
          ? await new Promise((resolve, reject) =>
              handler(JSON.parse(next.body), context, (error, value) =>
                error ? reject(error) : resolve(value),
              ),
            )
          : await handler(JSON.parse(next.body), context);
      answer = ['response', JSON.stringify(result === undefined ? null : result)];
    } catch (error) {
      answer = ['error', failure(error)];
    }
    await call('POST', `/invocation/${id}/${answer[0]}`, answer[1]);
  }
}

process.on('uncaughtException', (error) => {
  console.error(error);
  process.exit(129);
});
process.on('unhandledRejection', (error) => {
  console.error(error);
  process.exit(128);
});
main().catch(() => process.exit(0));
