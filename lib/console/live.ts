/**
 * Live answers: a view is asked for again and again while somebody looks at it, and told when it has become another.
 * Views that several look at are asked for once.
 */
import { createHash } from 'node:crypto';
import type { ConsoleOptions } from './console-options';
import { API_PREFIX, handleRequest } from './handle-request';
import { queryOf } from '../mlflow/query';

export interface LiveAnswer {
  /** Behind `/console/api`, with its query. */
  readonly path: string;
  readonly status: number;
  readonly body: string;
}

/** As long an answer is good enough for the next who asks. */
const FRESH_MS = 700;
const recent = new Map<string, { readonly at: number; readonly answer: Promise<LiveAnswer> }>();

/** Views of one onlooker. */
export class Watch {
  private readonly seen = new Map<string, string>();

  constructor(
    private readonly paths: readonly string[],
    private readonly options: ConsoleOptions,
  ) {}

  /** What has changed since the last call; at the first call everything. */
  async changes(): Promise<LiveAnswer[]> {
    const answers = await Promise.all(this.paths.map((path) => ask(path, this.options)));
    return answers.filter(({ path, status, body }) => {
      const hash = createHash('sha256').update(`${status} ${body}`).digest('base64');
      if (this.seen.get(path) === hash) return false;
      this.seen.set(path, hash);
      return true;
    });
  }
}

async function ask(path: string, options: ConsoleOptions): Promise<LiveAnswer> {
  const now = Date.now();
  for (const [key, { at }] of recent) if (now - at > FRESH_MS) recent.delete(key);
  const key = `${options.by} ${path}`;
  const known = recent.get(key);
  if (known !== undefined) return known.answer;
  const answer = request(path, options);
  recent.set(key, { at: now, answer });
  return answer;
}

async function request(path: string, options: ConsoleOptions): Promise<LiveAnswer> {
  const [plain = '', query = ''] = path.split(/\?(.*)/s);
  const { status, body } = await handleRequest(
    {
      method: 'GET',
      path: `${API_PREFIX}${plain}`,
      query: queryOf(new URLSearchParams(query)),
      headers: {},
      body: new Uint8Array(),
    },
    options,
  );
  return { path, status, body: typeof body === 'string' ? body : '' };
}
