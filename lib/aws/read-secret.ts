import { GetParameterCommand } from '@aws-sdk/client-ssm';
import type { SecretRef } from '../model/alerts';
import { DoNotRetry } from '../model/errors';
import { ssmClient } from './clients/ssm';
import { resourceNames } from './environment';

/** A secret that a definition names does not exist in this stage. */
export class SecretNotFound extends DoNotRetry {
  override readonly name = 'Millrace.SecretNotFound';
}

/** SSM reads secrets of Secrets Manager too, under a prefix of its own. @throws SecretNotFound */
export async function readSecret({ secret, store }: SecretRef): Promise<string> {
  const name = `/millrace/${resourceNames().stage}/${secret}`;
  const Name = store === 'parameter' ? name : `/aws/reference/secretsmanager${name}`;
  try {
    const { Parameter } = await ssmClient().send(new GetParameterCommand({ Name, WithDecryption: true }));
    return Parameter?.Value ?? '';
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'ParameterNotFound') throw error;
    throw new SecretNotFound(
      store === 'parameter'
        ? `There is no parameter ${name}. Make it: aws ssm put-parameter --type SecureString --name ${name} --value …`
        : `There is no secret ${name.slice(1)}. Make it: aws secretsmanager create-secret --name ${name.slice(1)} --secret-string …`,
      { cause: error },
    );
  }
}
