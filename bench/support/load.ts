/** Sends requests to one address from clients that each wait for their answer, and measures. */
import { Agent, request } from 'node:http';

export interface Load {
  readonly url: string;
  readonly clients: number;
  readonly requests: number;
  readonly body: (request: number) => string;
  /** Told of each answer, in the order in which they come. */
  readonly answered?: (count: number, status: number, text: string) => void;
}

export interface Measured {
  readonly perSecond: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  /** Answers by status; 0 for none at all. */
  readonly statuses: Readonly<Record<number, number>>;
}

export async function load({ url, clients, requests, body, answered }: Load): Promise<Measured> {
  const agent = new Agent({ keepAlive: true, maxSockets: clients });
  const times: number[] = [];
  const statuses: Record<number, number> = {};
  let next = 0;
  const client = async () => {
    while (next < requests) {
      const number = next++;
      const start = performance.now();
      const { status, text } = await post(agent, url, body(number));
      times.push(performance.now() - start);
      statuses[status] = (statuses[status] ?? 0) + 1;
      answered?.(times.length, status, text);
    }
  };
  const start = performance.now();
  await Promise.all(Array.from({ length: clients }, client));
  const seconds = (performance.now() - start) / 1000;
  agent.destroy();
  times.sort((a, b) => a - b);
  const quantile = (q: number) => times[Math.min(times.length - 1, Math.ceil(q * times.length) - 1)] ?? NaN;
  return { perSecond: requests / seconds, p50: quantile(0.5), p99: quantile(0.99), statuses };
}

function post(agent: Agent, url: string, body: string): Promise<{ status: number; text: string }> {
  return new Promise((resolve) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const sent = request(url, { method: 'POST', agent, headers }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('error', () => resolve({ status: 0, text: '' }));
      answer.on('end', () =>
        resolve({ status: answer.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }),
      );
    });
    sent.on('error', ({ message }) => resolve({ status: 0, text: message }));
    sent.end(body);
  });
}
