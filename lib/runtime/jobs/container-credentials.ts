/** Credentials of a container, found without the SDK: of Fargate, Batch and EKS, or of the environment. */
import { readFile } from 'node:fs/promises';

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

interface Answered {
  readonly AccessKeyId: string;
  readonly SecretAccessKey: string;
  readonly Token?: string;
  readonly SessionToken?: string;
}

/** Where ECS answers: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html */
const ECS = 'http://169.254.170.2';

/** @throws Error when nothing gives any */
export async function containerCredentials(env: NodeJS.ProcessEnv, region: string): Promise<Credentials> {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = env;
  if (accessKeyId !== undefined && secretAccessKey !== undefined) {
    const sessionToken = env['AWS_SESSION_TOKEN'];
    return { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
  }
  const relative = env['AWS_CONTAINER_CREDENTIALS_RELATIVE_URI'];
  const full = env['AWS_CONTAINER_CREDENTIALS_FULL_URI'];
  if (relative !== undefined) return asked(`${ECS}${relative}`, {});
  if (full !== undefined) {
    const file = env['AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE'];
    const token =
      file === undefined ? env['AWS_CONTAINER_AUTHORIZATION_TOKEN'] : (await readFile(file, 'utf8')).trim();
    return asked(full, token === undefined ? {} : { authorization: token });
  }
  const tokenFile = env['AWS_WEB_IDENTITY_TOKEN_FILE'];
  if (tokenFile !== undefined) return webIdentity(env, region, (await readFile(tokenFile, 'utf8')).trim());
  throw new Error('The container has no AWS credentials: its task role, or service account, gives none.');
}

async function asked(url: string, headers: Record<string, string>): Promise<Credentials> {
  const response = await fetch(url, { headers });
  if (!response.ok) throw new Error(`${url} answers ${response.status} instead of with credentials.`);
  return of((await response.json()) as Answered);
}

/** Service accounts with a role: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html */
async function webIdentity(env: NodeJS.ProcessEnv, region: string, token: string): Promise<Credentials> {
  const query = new URLSearchParams({
    Action: 'AssumeRoleWithWebIdentity',
    Version: '2011-06-15',
    RoleArn: env['AWS_ROLE_ARN'] ?? '',
    RoleSessionName: 'millrace',
    WebIdentityToken: token,
  });
  const response = await fetch(`https://sts.${region}.amazonaws.com/`, {
    method: 'POST',
    body: query,
    headers: { accept: 'application/json' },
  });
  if (!response.ok) throw new Error(`STS answers ${response.status}: ${await response.text()}`);
  const answer = (await response.json()) as {
    AssumeRoleWithWebIdentityResponse: { AssumeRoleWithWebIdentityResult: { Credentials: Answered } };
  };
  return of(answer.AssumeRoleWithWebIdentityResponse.AssumeRoleWithWebIdentityResult.Credentials);
}

function of({ AccessKeyId, SecretAccessKey, Token, SessionToken }: Answered): Credentials {
  const sessionToken = Token ?? SessionToken;
  return {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    ...(sessionToken === undefined ? {} : { sessionToken }),
  };
}
