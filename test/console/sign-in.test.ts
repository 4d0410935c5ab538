import { createHash } from 'node:crypto';
import type { Catalogue } from '../../lib/console/catalogue';
import { serveInAccount, type AccountConsole } from '../../lib/console/serve-in-account';
import { queryOf } from '../../lib/mlflow/query';

const CATALOGUE: Catalogue = {
  stage: 'prod',
  code: { commit: 'abc', dirty: false },
  pipelines: [],
  failures: [],
};
const HOST = 'd123.cloudfront.net';

describe('the console in an account', () => {
  let sent: { url: string; form: URLSearchParams }[] = [];
  const account = (tokens: Readonly<Record<string, readonly string[]>>): AccountConsole => ({
    web: [
      { path: 'index.html', type: 'text/html; charset=utf-8' },
      { path: 'assets/main-A.js', type: 'text/javascript; charset=utf-8' },
    ],
    readFile: (path) => Buffer.from(`content of ${path}`),
    catalogue: async () => CATALOGUE,
    now: () => new Date(),
    onFailure: () => {},
    signIn: {
      settings: { userPoolId: 'eu_1', clientId: 'client', domain: 'pool.example', operators: 'operators' },
      verify: async (token) => {
        const groups = tokens[token];
        if (groups === undefined) throw new Error('bad token');
        return { name: `${token}@example.com`, groups };
      },
      post: async (url, form) => {
        sent.push({ url, form });
        return { status: 200, body: { id_token: form.get('code') } };
      },
    },
  });
  const console_ = account({ ann: ['operators'], vic: [] });
  const ask = async (
    path: string,
    headers: Readonly<Record<string, string>> = {},
    method = 'GET',
    body = '',
  ) => {
    const [plain = '', query = ''] = path.split('?');
    const answer = await serveInAccount(
      {
        method,
        path: plain,
        query: queryOf(new URLSearchParams(query)),
        headers: { 'x-console-host': HOST, host: 'api.example', ...headers },
        body: Buffer.from(body),
      },
      console_,
    );
    return { ...answer, text: Buffer.from(answer.body as string).toString() };
  };
  const cookieOf = (header: string | undefined, name: string) =>
    new RegExp(`__Host-millrace-${name}=([^;]*)`).exec(header ?? '')?.[1];
  beforeEach(() => (sent = []));

  it('answers the page to all and the API to nobody who has not signed in', async () => {
    expect((await ask('/console/runs/x')).text).toBe('content of index.html');
    expect((await ask('/console/assets/main-A.js')).headers).toMatchObject({
      'cache-control': expect.stringContaining('immutable') as string,
    });
    expect((await ask('/console/assets/../millrace.json')).status).toBe(404);
    expect(await ask('/console/api/session')).toMatchObject({ status: 401 });
    expect(await ask('/console/api/session', { cookie: '__Host-millrace-id=forged' })).toMatchObject({
      status: 401,
    });
  });

  it('says who looks; only operators act', async () => {
    const session = async (who: string) =>
      JSON.parse(
        (await ask('/console/api/session', { cookie: `a=b; __Host-millrace-id=${who}` })).text,
      ) as object;
    expect(await session('ann')).toMatchObject({ by: 'ann@example.com', readOnly: false, where: 'aws' });
    expect(await session('vic')).toMatchObject({ by: 'vic@example.com', readOnly: true });
    const headers = {
      cookie: '__Host-millrace-id=vic',
      'content-type': 'application/json',
      'x-millrace-console': '1',
      origin: `https://${HOST}`,
    };
    const pause = JSON.stringify({ action: 'pause', pipeline: 'etl' });
    const refused = await ask('/console/api/act', headers, 'POST', pause);
    expect([refused.status, refused.text]).toEqual([403, expect.stringContaining('read-only')]);
    const foreign = await ask(
      '/console/api/act',
      { ...headers, origin: 'https://evil.example' },
      'POST',
      pause,
    );
    expect([foreign.status, foreign.text]).toEqual([403, expect.stringContaining('does not come from')]);
  });

  it('goes to the pool with a challenge and comes back to where somebody was', async () => {
    const away = await ask(`/console/auth/login?to=${encodeURIComponent('/console/runs/x?task=a%2Fb')}`);
    const to = new URL(away.headers['location'] ?? '');
    expect(to.origin + to.pathname).toBe('https://pool.example/oauth2/authorize');
    expect(to.searchParams.get('redirect_uri')).toBe(`https://${HOST}/console/auth/callback`);
    const flow = cookieOf(away.headers['set-cookie'], 'flow') ?? '';
    expect(away.headers['set-cookie']).toMatch(/Secure; HttpOnly; SameSite=Lax/);
    const state = to.searchParams.get('state') ?? '';
    const back = await ask(`/console/auth/callback?code=ann&state=${state}`, {
      cookie: `__Host-millrace-flow=${flow}`,
    });
    expect([back.status, back.headers['location']]).toEqual([302, '/console/runs/x?task=a%2Fb']);
    expect(cookieOf(back.headers['set-cookie'], 'id')).toBe('ann');
    const { url, form } = sent[0] ?? { url: '', form: new URLSearchParams() };
    expect(url).toBe('https://pool.example/oauth2/token');
    const challenge = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url');
    expect(challenge).toBe(to.searchParams.get('code_challenge'));
  });

  it('refuses who was not sent from here, and never leads to another site', async () => {
    const away = await ask('/console/auth/login');
    const flow = cookieOf(away.headers['set-cookie'], 'flow') ?? '';
    const state = new URL(away.headers['location'] ?? '').searchParams.get('state') ?? '';
    expect((await ask(`/console/auth/callback?code=ann&state=${state}`)).status).toBe(400);
    expect(
      (await ask('/console/auth/callback?code=ann&state=other', { cookie: `__Host-millrace-flow=${flow}` }))
        .status,
    ).toBe(400);
    expect(
      (await ask('/console/auth/callback?code=ann&state=', { cookie: '__Host-millrace-flow=' })).status,
    ).toBe(400);
    expect(sent).toEqual([]);
    const forged = await ask(`/console/auth/callback?code=forged&state=${state}`, {
      cookie: `__Host-millrace-flow=${flow}`,
    });
    expect([forged.status, forged.headers['set-cookie']]).toEqual([502, undefined]);
    for (const to of [
      '//evil.example',
      'https://evil.example',
      '/\\evil.example',
      '/console/\\evil',
      '/consolex',
      '/console/a\r\nset-cookie: x',
    ]) {
      const sentAway = await ask(`/console/auth/login?to=${encodeURIComponent(to)}`);
      const cookie = cookieOf(sentAway.headers['set-cookie'], 'flow') ?? '';
      const known = new URL(sentAway.headers['location'] ?? '').searchParams.get('state') ?? '';
      const back = await ask(`/console/auth/callback?code=ann&state=${known}`, {
        cookie: `__Host-millrace-flow=${cookie}`,
      });
      expect({ to, location: back.headers['location'] }).toEqual({ to, location: '/console' });
    }
  });
});
