/** The sign-in with a user pool of Cognito: its tokens are checked here, by the keys that the pool publishes. */
import { CognitoJwtVerifier } from 'aws-jwt-verify';
import { readSignInSettings } from './settings';
import type { SignInPorts } from './sign-in';

/** @param parameter of Parameter Store, with the settings of the sign-in */
export async function cognitoPorts(parameter: string): Promise<SignInPorts> {
  const settings = await readSignInSettings(parameter);
  const verifier = CognitoJwtVerifier.create({
    userPoolId: settings.userPoolId,
    clientId: settings.clientId,
    tokenUse: 'id',
  });
  return {
    settings,
    verify: async (token) => {
      const claims = await verifier.verify(token);
      const { email, 'cognito:username': user } = claims;
      return {
        name: typeof email === 'string' ? email : String(user),
        groups: claims['cognito:groups'] ?? [],
        claims: { ...claims },
      };
    },
    post: async (url, form) => {
      const response = await fetch(url, { method: 'POST', body: form });
      return { status: response.status, body: await response.json().catch(() => null) };
    },
  };
}
