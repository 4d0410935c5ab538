import { EKSClient } from '@aws-sdk/client-eks';
import { once, SETTINGS } from './settings';

export const eksClient = (): EKSClient => once('eks', () => new EKSClient(SETTINGS));
