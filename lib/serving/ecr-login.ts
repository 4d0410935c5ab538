import { GetAuthorizationTokenCommand } from '@aws-sdk/client-ecr';
import { ecrClient } from '../aws/clients/ecr';
import type { RegistryLogin } from './registry-login';

/** `<account>.dkr.ecr.<region>.amazonaws.com`, in any partition. */
export function isEcr(host: string): boolean {
  return /^\d{12}\.dkr\.ecr(?:-fips)?\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?$/.test(host);
}

/** The login of the function's role, good for twelve hours. */
export async function ecrLogin(): Promise<RegistryLogin> {
  const { authorizationData } = await ecrClient().send(new GetAuthorizationTokenCommand({}));
  const text = Buffer.from(authorizationData?.[0]?.authorizationToken ?? '', 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return { user: text.slice(0, colon), password: text.slice(colon + 1) };
}
