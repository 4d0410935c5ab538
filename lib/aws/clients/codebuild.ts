import { CodeBuildClient } from '@aws-sdk/client-codebuild';
import { once, SETTINGS } from './settings';

export const codebuildClient = (): CodeBuildClient => once('codebuild', () => new CodeBuildClient(SETTINGS));
