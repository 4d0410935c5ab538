import { SFNClient } from '@aws-sdk/client-sfn';
import { once, SETTINGS } from './settings';

export const sfnClient = (): SFNClient => once('sfn', () => new SFNClient(SETTINGS));
