import { ECSClient } from '@aws-sdk/client-ecs';
import { once, SETTINGS } from './settings';

export const ecsClient = (): ECSClient => once('ecs', () => new ECSClient(SETTINGS));
