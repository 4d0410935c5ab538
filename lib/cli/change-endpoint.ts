/** Changes of endpoints from the command line: by whom, told to the bus, refusals with a remedy. */
import { tellEndpointChanged } from '../orchestration/endpoint-events';
import { DeploymentRefused } from '../serving/change-endpoint';
import { NoSuchEndpoint, type EndpointChange } from '../serving/endpoint';
import { InvalidDataset } from '../data/invalid-dataset';
import { currentUser } from './ask-launcher';
import { CliError, EXIT } from './cli-error';
import { withRefusals } from './refusals';

/** @throws CliError */
export async function changeFromHere(
  endpoint: string,
  change: (by: string) => Promise<EndpointChange>,
): Promise<EndpointChange> {
  const told = { where: endpoint, remedy: 'Nothing was changed. See `millrace deployments`.' };
  try {
    const changed = await withRefusals(told, () => change(currentUser()));
    await tellEndpointChanged(changed);
    return changed;
  } catch (error) {
    if (error instanceof DeploymentRefused)
      throw new CliError(error.message, { ...told, code: EXIT.failed, cause: error });
    if (error instanceof NoSuchEndpoint || error instanceof InvalidDataset)
      throw new CliError(error.message, { ...told, code: EXIT.usage, cause: error });
    throw error;
  }
}
