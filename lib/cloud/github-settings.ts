/** `-c github=acme/ml`: whose workflows may deploy the stage, without a key that stays. */
import { SynthesisError } from './synthesis-error';

export interface GithubSettings {
  /** `owner/name` */
  readonly repository: string;
  /** `github-provider`: ARN of the OIDC provider, where the account has one already. @default it is made */
  readonly provider?: string;
}

/** @throws SynthesisError for what is no repository, or no ARN of a provider */
export function readGithubSettings(get: (key: string) => unknown): GithubSettings | undefined {
  const repository = get('github');
  const provider = get('github-provider');
  if (repository === undefined) return undefined;
  // No wildcard: `acme/*` would let every repository of the organisation in.
  if (typeof repository !== 'string' || !/^[\w-]+\/[\w.-]+$/.test(repository))
    throw new SynthesisError(
      'CLOUD_CONTEXT',
      `The context value github is ${JSON.stringify(repository)}, which is no repository.`,
      'Write its owner and its name: -c github=acme/ml.',
    );
  if (provider === undefined) return { repository };
  if (typeof provider !== 'string' || !/^arn:[\w-]+:iam::\d{12}:oidc-provider\/[\w./-]+$/.test(provider))
    throw new SynthesisError(
      'CLOUD_CONTEXT',
      `The context value github-provider is ${JSON.stringify(provider)}, which is no ARN of an OIDC provider.`,
      'Find it: aws iam list-open-id-connect-providers. Leave it out for the first stage of an account.',
    );
  return { repository, provider };
}
