/**
 * How a registry lets one in: nothing, a name and a password (Basic), or a token that another server gives for those (the token
 * authentication of the distribution project). The registry says which in its answer 401.
 */
export interface RegistryLogin {
  readonly user: string;
  readonly password: string;
}

/** @throws Error that says what the registry wants */
export async function authorizationFor(
  challenge: string,
  {
    host,
    login,
    signal,
  }: { readonly host: string; readonly login?: RegistryLogin | undefined; readonly signal: AbortSignal },
): Promise<string> {
  const [, scheme = '', rest = ''] = /^\s*(\w+)\s*(.*)$/.exec(challenge) ?? [];
  const basic =
    login === undefined
      ? undefined
      : `Basic ${Buffer.from(`${login.user}:${login.password}`).toString('base64')}`;
  if (scheme.toLowerCase() === 'basic') {
    if (basic !== undefined) return basic;
    throw new Error(`The registry ${host} wants a name and a password. Name a connection that has them.`);
  }
  if (scheme.toLowerCase() !== 'bearer')
    throw new Error(`The registry ${host} wants to be logged in by '${scheme}', which is not known here.`);
  const { realm, ...given } = Object.fromEntries(
    [...rest.matchAll(/(\w+)="([^"]*)"/g)].map(([, name = '', value = '']) => [name, value]),
  ) as Record<string, string>;
  if (realm === undefined) throw new Error(`The registry ${host} names nobody who gives tokens.`);
  const url = new URL(realm);
  for (const [name, value] of Object.entries(given)) url.searchParams.set(name, value);
  // A password goes where the registry sends it only when nobody can listen.
  if (basic !== undefined && url.protocol !== 'https:' && url.hostname !== '127.0.0.1')
    throw new Error(`The registry ${host} sends its users to ${url.origin}, which is not https.`);
  const answer = await fetch(url, {
    headers: basic === undefined ? {} : { authorization: basic },
    signal,
  });
  if (!answer.ok)
    throw new Error(
      `${url.host}, which gives tokens for the registry ${host}, answered ${answer.status}${login === undefined ? '; no connection with a name and a password was named' : ''}.`,
    );
  const { token, access_token: other } = (await answer.json()) as { token?: string; access_token?: string };
  return `Bearer ${token ?? other ?? ''}`;
}
