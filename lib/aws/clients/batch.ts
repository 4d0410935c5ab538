import { BatchClient } from '@aws-sdk/client-batch';
import { once, SETTINGS } from './settings';

export const batchClient = (): BatchClient => once('batch', () => new BatchClient(SETTINGS));
