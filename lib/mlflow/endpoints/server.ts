/** What clients ask about the server itself. */
import type { RawEndpoint } from '../endpoint';
import type { HttpResponse } from '../http';
import { jsonResponse } from '../json-http';

/** The version of MLflow whose interface this is. */
export const MLFLOW_VERSION = '3.11.1';

export const serverEndpoints: readonly RawEndpoint[] = [
  { method: 'GET', path: '/health', handle: async () => text('OK') },
  { method: 'GET', path: '/version', handle: async () => text(MLFLOW_VERSION) },
  {
    method: 'GET',
    path: '/api/3.0/mlflow/server-info',
    handle: async () => jsonResponse(200, { store_type: 'Millrace', workspaces_enabled: false }),
  },
];

function text(body: string): HttpResponse {
  return { status: 200, headers: { 'content-type': 'text/plain; charset=utf-8' }, body };
}
