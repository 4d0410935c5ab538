import { CliError, EXIT } from './cli-error';
import { getEndpoint, listChanges, listEndpoints, NoSuchEndpoint } from '../serving/endpoint';
import type { Endpoint, EndpointChange } from '../serving/endpoint';
import { findTargetRecord, type TargetRecord } from '../serving/targets/target-record';
import { candidateShare, shiftEnds } from '../serving/traffic';

export interface DeploymentView extends Endpoint {
  /** Share of the traffic that the candidate has now, in words; `-` without one. */
  readonly candidateText: string;
  /** How it is where it runs; absent for the function of the stage, and before somebody looked. */
  readonly targetState?: Pick<TargetRecord, 'state' | 'message' | 'at'>;
}

export async function readDeployments(): Promise<DeploymentView[]> {
  return Promise.all((await listEndpoints()).map(viewOf));
}

/** @throws CliError that names the endpoints that there are */
export async function readDeployment(
  name: string,
): Promise<DeploymentView & { readonly changes: readonly EndpointChange[] }> {
  try {
    const [endpoint, changes] = await Promise.all([getEndpoint(name), listChanges(name)]);
    return { ...(await viewOf(endpoint)), changes };
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

async function viewOf(endpoint: Endpoint): Promise<DeploymentView> {
  const { candidate, target } = endpoint;
  const record = target === undefined ? undefined : await findTargetRecord(endpoint.endpoint);
  const view =
    record === undefined
      ? endpoint
      : { ...endpoint, targetState: { state: record.state, message: record.message, at: record.at } };
  if (candidate === undefined) return { ...view, candidateText: '-' };
  const ends = shiftEnds(candidate);
  const share = Math.round(100 * candidateShare(candidate, Date.now()));
  const state =
    ends !== null
      ? `${share} % until ${ends.replace('T', ' ').slice(0, 19)} then all`
      : candidate.whenReady === true
        ? 'waits until it runs'
        : 'held';
  return { ...view, candidateText: `version ${candidate.version}, ${state}` };
}
