/**
 * Commands in this process on a tracking store without anything deployed. A small server in front of the local cloud answers
 * the one question that only a deployment could: which names a function has in its environment.
 */
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Writable } from 'node:stream';
import { main } from '../../lib/cli/main';
import { startLocalAws, type LocalAws } from './local-aws';
import type { Answer } from './millrace';

export interface TrackingEndpoint {
  run(...args: string[]): Promise<Answer>;
  /** The same with `--json`. */
  json<T>(...args: string[]): Promise<T>;
  stop(): Promise<void>;
}

export async function startTrackingEndpoint(): Promise<TrackingEndpoint> {
  const aws: LocalAws = await startLocalAws();
  const variables = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => name.startsWith('MILLRACE_')),
  );
  const front = createServer((incoming, answer) => {
    if (incoming.url?.endsWith('/functions/millrace-test-begin/configuration') === true) {
      answer.setHeader('content-type', 'application/json');
      answer.end(JSON.stringify({ Environment: { Variables: variables } }));
      return;
    }
    const { method, headers } = incoming;
    const passed = request(`${aws.url}${incoming.url ?? ''}`, { method, headers }, (found) => {
      answer.writeHead(found.statusCode ?? 500, found.headers);
      found.pipe(answer);
    });
    passed.on('error', () => answer.destroy());
    incoming.pipe(passed);
  });
  await new Promise<void>((resolve) => {
    front.listen(0, '127.0.0.1', resolve);
  });
  const endpoint = `http://127.0.0.1:${(front.address() as AddressInfo).port}`;
  const run = async (...args: string[]): Promise<Answer> => {
    const [stdout, stderr] = [new Sink(), new Sink()];
    const before = process.env['AWS_ENDPOINT_URL'];
    try {
      const where = ['--endpoint', endpoint, ...(args.includes('--stage') ? [] : ['--stage', 'test'])];
      const code = await main(['node', 'millrace', ...args, ...where], { stdout, stderr });
      return { code, stdout: stdout.text, stderr: stderr.text };
    } finally {
      process.env['AWS_ENDPOINT_URL'] = before;
    }
  };
  return {
    run,
    json: async (...args) => JSON.parse((await run(...args, '--json')).stdout) as never,
    stop: async () => {
      front.closeAllConnections();
      front.close();
      await aws.stop();
    },
  };
}

class Sink extends Writable {
  text = '';
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}
