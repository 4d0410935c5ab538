/** The API as a guest on the port of the local cloud. It is loaded with the first request. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { TrackingPermissions } from '../model/tracking-permissions';

/** All that the API has, and what MLflow has besides, so that a client is told in its own words what is missing. */
const PATHS =
  /^\/(?:(?:api|ajax-api)\/\d+\.\d+\/|v1\/traces$|(?:health|version|graphql|get-artifact|model-versions\/get-artifact)$)/;

export const mlflowGuest = guestWith(undefined);

/** @param permissions what callers who name themselves are held to (lib/mlflow/local-access.ts) */
export function guestWith(permissions: TrackingPermissions | undefined) {
  return {
    serves: (path: string): boolean => PATHS.test(path),
    handle: async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
      const { serveMlflow } = require('./serve-mlflow') as typeof import('./serve-mlflow');
      return serveMlflow(request, response, permissions);
    },
  };
}
