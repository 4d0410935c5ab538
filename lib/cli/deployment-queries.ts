import { CliError, EXIT } from './cli-error';
import { getEndpoint, listChanges, listEndpoints, NoSuchEndpoint } from '../serving/endpoint';
import type { Endpoint, EndpointChange } from '../serving/endpoint';
import { candidateShare, shiftEnds } from '../serving/traffic';

export interface DeploymentView extends Endpoint {
  /** Share of the traffic that the candidate has now, in words; `-` without one. */
  readonly candidateText: string;
}

export async function readDeployments(): Promise<DeploymentView[]> {
  return (await listEndpoints()).map(viewOf);
}

/** @throws CliError that names the endpoints that there are */
export async function readDeployment(
  name: string,
): Promise<DeploymentView & { readonly changes: readonly EndpointChange[] }> {
  try {
    const [endpoint, changes] = await Promise.all([getEndpoint(name), listChanges(name)]);
    return { ...viewOf(endpoint), changes };
  } catch (error) {
    if (!(error instanceof NoSuchEndpoint)) throw error;
    throw new CliError(error.message, {
      code: EXIT.usage,
      where: name,
      remedy: 'See `millrace deployments` for those that there are.',
      cause: error,
    });
  }
}

function viewOf(endpoint: Endpoint): DeploymentView {
  const { candidate } = endpoint;
  if (candidate === undefined) return { ...endpoint, candidateText: '-' };
  const ends = shiftEnds(candidate);
  const share = Math.round(100 * candidateShare(candidate, Date.now()));
  const state = ends === null ? 'held' : `${share} % until ${ends.replace('T', ' ').slice(0, 19)} then all`;
  return { ...endpoint, candidateText: `version ${candidate.version}, ${state}` };
}
