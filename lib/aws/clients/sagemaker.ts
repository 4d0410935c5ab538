import { SageMakerClient } from '@aws-sdk/client-sagemaker';
import { once, SETTINGS } from './settings';

export const sagemakerClient = (): SageMakerClient => once('sagemaker', () => new SageMakerClient(SETTINGS));
