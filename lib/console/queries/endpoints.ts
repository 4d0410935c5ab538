/** Where versions of a model answer requests: who has which share of the traffic, and how that came about. */
import { listChanges, listEndpoints } from '../../serving/endpoint';
import { candidateShare, shiftEnds } from '../../serving/traffic';
import type { EndpointView } from '../views/models';

/** Changes that are shown. */
const CHANGES = 20;

export async function endpointsOf(model: string, now: Date): Promise<EndpointView[]> {
  const mine = (await listEndpoints(now.getTime())).filter((endpoint) => endpoint.model === model);
  return Promise.all(
    mine.map(async ({ endpoint, stable, candidate, shadow, updatedAt }) => {
      const share = candidateShare(candidate, now.getTime());
      return {
        endpoint,
        traffic: [
          ...(stable === null ? [] : [{ version: stable, role: 'stable' as const, share: 1 - share }]),
          ...(candidate === undefined
            ? []
            : [{ version: candidate.version, role: 'candidate' as const, share }]),
          ...(shadow === undefined ? [] : [{ version: shadow, role: 'shadow' as const, share: 0 }]),
        ],
        shiftEnds: candidate === undefined ? null : shiftEnds(candidate),
        updatedAt,
        changes: (await listChanges(endpoint)).slice(0, CHANGES).map((change) => ({
          at: change.at,
          action: change.action,
          from: change.from,
          to: change.to,
          by: change.by,
          reason: change.reason,
        })),
      };
    }),
  );
}
