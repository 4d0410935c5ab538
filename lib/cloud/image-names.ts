import type { Names } from './names';

/** Names of what builds images of models. */
export function imageNamesOf({ prefix }: Pick<Names, 'prefix'>) {
  const arn = (service: string, rest: string): string =>
    `arn:\${AWS::Partition}:${service}:\${AWS::Region}:\${AWS::AccountId}:${rest}`;
  return {
    project: `${prefix}-images`,
    projectArn: arn('codebuild', `project/${prefix}-images`),
    /** Of ECR: one for all models, whose names are in the tags. */
    repository: `${prefix}/models`,
    repositoryArn: arn('ecr', `repository/${prefix}/models`),
    logs: `/millrace/${prefix.replace('millrace-', '')}/images`,
  };
}
