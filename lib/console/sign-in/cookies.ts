/** Cookies of the console. `__Host-` binds them to one host, HTTPS and the whole of it. */
const PREFIX = '__Host-millrace-';

export type CookieName = 'id' | 'flow';

export function readCookie(header: string | undefined, name: CookieName): string | undefined {
  for (const part of (header ?? '').split(';')) {
    const [key, value] = part.trim().split(/=(.*)/s);
    if (key === `${PREFIX}${name}`) return value;
  }
  return undefined;
}

/** @param seconds 0 removes it. Not sent with requests that other sites make, but with links from them. */
export function cookie(name: CookieName, value: string, seconds: number): string {
  return `${PREFIX}${name}=${value}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=${seconds}`;
}
