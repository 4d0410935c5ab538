import { SNSClient } from '@aws-sdk/client-sns';
import { once, SETTINGS } from './settings';

export const snsClient = (): SNSClient => once('sns', () => new SNSClient(SETTINGS));
