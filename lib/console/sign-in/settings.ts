/** Where people sign in: a user pool of Cognito, by itself or in front of IAM Identity Center (SAML). */
import { GetParameterCommand } from '@aws-sdk/client-ssm';
import { ssmClient } from '../../aws/clients/ssm';

export interface SignInSettings {
  readonly userPoolId: string;
  readonly clientId: string;
  /** Host of the user pool's pages. */
  readonly domain: string;
  /** Members may act; everybody else only looks. */
  readonly operators: string;
}

/** The client is made after the function, whose address it names: so its id stands in a parameter. */
export async function readSignInSettings(parameter: string): Promise<SignInSettings> {
  const { Parameter } = await ssmClient().send(new GetParameterCommand({ Name: parameter }));
  return JSON.parse(Parameter?.Value ?? '{}') as SignInSettings;
}
