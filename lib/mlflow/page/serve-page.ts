/**
 * MLflow's page as a guest on a port that also has the API. The page asks for everything relative to where it lies, so it is
 * served, with the API, below a path that no bucket can have: their names have no underscore.
 */
import { createReadStream, statSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { extname, join, resolve, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { decoding } from '../query';

export const PAGE_PATH = '/_mlflow/';

const STATIC = 'static-files/';
/** Files other than `index.html` have a hash of their content in their names, or never change. */
const FOUR_WEEKS = 'public, max-age=2419200';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.cjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff': 'font/woff',
  '.woff2': 'font/woff2',
  '.ttf': 'font/ttf',
  '.eot': 'application/vnd.ms-fontobject',
  '.txt': 'text/plain; charset=utf-8',
};

/** Media type of a file of the page by its name. */
export function pageFileType(name: string): string {
  return TYPES[extname(name)] ?? 'application/octet-stream';
}

/** @param folder with `index.html`, as `findPage` finds it */
export function mlflowPage(folder: string) {
  return {
    serves: (path: string): boolean => path === PAGE_PATH.slice(0, -1) || path.startsWith(PAGE_PATH),
    handle: async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
      const [path = '', query] = (request.url ?? '').split(/\?(.*)/s);
      if (path === PAGE_PATH.slice(0, -1)) return redirect(response);
      const rest = path.slice(PAGE_PATH.length);
      if (rest === '') return file(folder, 'index.html', request, response);
      if (rest.startsWith(STATIC)) return file(folder, rest.slice(STATIC.length), request, response);
      request.url = `/${rest}${query === undefined ? '' : `?${query}`}`;
      const { serveMlflow } = require('../serve-mlflow') as typeof import('../serve-mlflow');
      return serveMlflow(request, response);
    },
  };
}

function redirect(response: ServerResponse): void {
  response.writeHead(308, { location: PAGE_PATH }).end();
}

async function file(
  folder: string,
  encoded: string,
  { method }: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const root = resolve(folder);
  const place = resolve(root, decoding(encoded) ?? '\0');
  const stat =
    place.startsWith(root + sep) && !place.includes('\0')
      ? statSync(place, { throwIfNoEntry: false })
      : undefined;
  if (stat?.isFile() !== true || (method !== 'GET' && method !== 'HEAD')) {
    response.writeHead(stat?.isFile() === true ? 405 : 404, { 'content-type': 'text/plain; charset=utf-8' });
    response.end(`The page of MLflow has no file '${encoded}'.`);
    return;
  }
  response.writeHead(200, {
    'content-type': pageFileType(place),
    'content-length': stat.size,
    'cache-control': place === join(root, 'index.html') ? 'no-cache' : FOUR_WEEKS,
    'x-content-type-options': 'nosniff',
  });
  if (method === 'HEAD') response.end();
  else await pipeline(createReadStream(place), response).catch(() => response.destroy());
}
