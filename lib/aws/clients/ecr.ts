import { ECRClient } from '@aws-sdk/client-ecr';
import { once, SETTINGS } from './settings';

export const ecrClient = (): ECRClient => once('ecr', () => new ECRClient(SETTINGS));
