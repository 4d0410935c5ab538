import { LambdaClient } from '@aws-sdk/client-lambda';
import { once } from './settings';

/** Invocations that wait for their answer may take as long as a function may run. */
export const lambdaClient = (): LambdaClient => once('lambda', () => new LambdaClient({}));
