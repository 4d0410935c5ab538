/**
 * What keeps other pages, and what people write into params, logs and reports, from acting in the console.
 *
 * 1. Scripts and styles come from files of the console alone; nothing inline, no plug-ins, no frames of others.
 * 2. A request that changes something says by a header that it comes from the console: a form of another page cannot send
 *    one, and a script of another page may only after a preflight, which is never granted.
 * 3. Files that runs made are answered with a policy of their own: sandboxed, without scripts, and never sniffed.
 */
import type { HttpRequest } from '../mlflow/http';
import { ConsoleError } from './console-error';

export const CSRF_HEADER = 'x-millrace-console';

const COMMON = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
} as const;

/** For the page, its files and the API. Frames show reports from the console's own address. */
export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  ...COMMON,
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "worker-src 'self'",
    "frame-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
};

/**
 * For MLflow's page, whose styles are made by its scripts. It works in workers of its own making, shows pictures and
 * reports of runs by addresses of its own making, and sends nothing elsewhere.
 */
export const MLFLOW_PAGE_HEADERS: Readonly<Record<string, string>> = {
  ...COMMON,
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "media-src 'self' blob:",
    "font-src 'self' data:",
    "connect-src 'self'",
    "worker-src 'self' blob:",
    "frame-src 'self' blob:",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
};

/** For files of runs. A report may have styles and pictures of its own, and nothing that runs or leads out. */
export const FILE_HEADERS: Readonly<Record<string, string>> = {
  ...COMMON,
  'content-security-policy':
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; frame-ancestors 'self'",
};

/** @throws ConsoleError for a request that another page may have sent */
export function refuseForgery(request: HttpRequest): void {
  const { headers } = request;
  if (isForeign(request) || headers[CSRF_HEADER] === undefined)
    throw new ConsoleError(
      403,
      'The request does not come from the console.',
      `Use the console, or the command line. A client of your own sends the header ${CSRF_HEADER}: 1.`,
    );
  if (!(headers['content-type'] ?? '').toLowerCase().startsWith('application/json'))
    throw new ConsoleError(400, 'The request is no JSON.', 'Send content-type: application/json.');
}

/** Whether a browser says that a page of another site sends a request. */
export function isForeign({ headers }: Pick<HttpRequest, 'headers'>): boolean {
  const { origin, host } = headers;
  const site = headers['sec-fetch-site'];
  return (
    (origin !== undefined && host !== undefined && !sameHost(origin, host)) ||
    (site !== undefined && site !== 'same-origin' && site !== 'none')
  );
}

function sameHost(origin: string, host: string): boolean {
  try {
    return new URL(origin).host === host;
  } catch {
    return false;
  }
}
