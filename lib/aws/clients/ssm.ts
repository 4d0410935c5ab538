import { SSMClient } from '@aws-sdk/client-ssm';
import { once, SETTINGS } from './settings';

export const ssmClient = (): SSMClient => once('ssm', () => new SSMClient(SETTINGS));
