/** What tasks may do about images: push to the repository of the stage, and have images built in the account. */
import type { Access } from '../model/access';
import { imageNamesOf } from './image-names';
import type { Names } from './names';
import type { Statement } from './statement';

export function imageAccessStatements(access: readonly Access[], names: Names): Statement[] {
  const modes = new Set(access.flatMap((entry) => (entry.store === 'images' ? [entry.mode] : [])));
  const { projectArn } = imageNamesOf(names);
  return [
    ...(modes.has('push') ? pushStatements(names) : []),
    ...(modes.has('build')
      ? [{ actions: ['codebuild:StartBuild', 'codebuild:BatchGetBuilds'], resources: [projectArn] }]
      : []),
  ];
}

/** Pushing to the repository of the stage, and to no other of the account. */
export function pushStatements(names: Names): Statement[] {
  return [
    {
      actions: ['ecr:GetAuthorizationToken'],
      resources: ['*'],
      reason: 'The token of the registry has no resource to name; AWS documents *.',
    },
    {
      actions: [
        'ecr:BatchCheckLayerAvailability',
        'ecr:InitiateLayerUpload',
        'ecr:UploadLayerPart',
        'ecr:CompleteLayerUpload',
        'ecr:PutImage',
        'ecr:BatchGetImage',
      ],
      resources: [imageNamesOf(names).repositoryArn],
    },
  ];
}
