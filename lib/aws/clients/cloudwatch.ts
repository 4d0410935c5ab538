import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { once, SETTINGS } from './settings';

export const cloudWatchClient = (): CloudWatchClient =>
  once('cloudwatch', () => new CloudWatchClient(SETTINGS));
