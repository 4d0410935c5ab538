import { resourceNames } from '../aws/environment';
import type { Place } from './place';

/** ARN of the machine of a pipeline in this stage. */
export function machineOf(pipeline: string, { machineArn }: Pick<Place, 'machineArn'>): string {
  return machineArn(`millrace-${resourceNames().stage}-${pipeline}`);
}
