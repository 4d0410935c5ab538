import { SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import { once, SETTINGS } from './settings';

export const sagemakerRuntimeClient = (): SageMakerRuntimeClient =>
  once('sagemaker-runtime', () => new SageMakerRuntimeClient(SETTINGS));
