/**
 * Builds images of models in the account, so that nobody needs a container engine: a project of CodeBuild that takes a build
 * context from the data bucket, builds it, pushes it, and tells the digest; and a repository of ECR.
 */
import { CfnOutput, Duration, Fn, RemovalPolicy, Validations } from 'aws-cdk-lib';
import { BuildSpec, ComputeType, LinuxBuildImage, Project } from 'aws-cdk-lib/aws-codebuild';
import { Repository, TagMutability } from 'aws-cdk-lib/aws-ecr';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { accessStatements } from './access-statements';
import { logStatement } from './handler-function';
import type { ImageBuildSettings } from './image-build-settings';
import { imageNamesOf } from './image-names';
import { pushStatements } from './image-statements';
import { LeastPrivilegeRole } from './least-privilege-role';
import type { Names } from './names';
import type { Settings } from './settings';

export interface ImageBuilderProps {
  readonly names: Names;
  readonly settings: Settings;
  readonly builds: ImageBuildSettings;
}

const MINUTES = 45;
/** Images of that many versions are kept. */
const KEPT = 100;

export class ImageBuilder extends Construct {
  constructor(scope: Construct, id: string, { names, settings, builds }: ImageBuilderProps) {
    super(scope, id);
    const images = imageNamesOf(names);
    const { retain, logDays } = settings.stage;
    const repository = new Repository(this, 'Repository', {
      repositoryName: images.repository,
      imageScanOnPush: true,
      // Tags of dates move on; versions are known by their digests.
      imageTagMutability: TagMutability.MUTABLE,
      lifecycleRules: [{ maxImageCount: KEPT }],
      removalPolicy: retain ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
      emptyOnDelete: false,
    });
    const logs = new LogGroup(this, 'Logs', {
      logGroupName: images.logs,
      retention: logDays,
      removalPolicy: retain ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
    const role = new LeastPrivilegeRole(this, 'Role', {
      assumedBy: new ServicePrincipal('codebuild.amazonaws.com'),
      description: `${names.prefix}: builds images of models`,
      statements: [
        ...accessStatements([{ store: 'objects', mode: 'read', prefix: 'images/' }], names),
        ...pushStatements(names),
        ...(builds.connections.length === 0
          ? []
          : [{ actions: ['ssm:GetParameters'], resources: builds.connections.map(names.connectionArn) }]),
        logStatement(names, [images.logs]),
      ],
    });
    const project = new Project(this, 'Project', {
      projectName: images.project,
      description: 'Builds images of models, and pushes them.',
      // The permissions are those of the role; the CDK would add some of its own.
      role: role.withoutPolicyUpdates(),
      timeout: Duration.minutes(MINUTES),
      logging: { cloudWatch: { logGroup: logs } },
      environment: {
        // What SageMaker and Fargate run unless they are told otherwise, whatever the functions run on.
        buildImage: LinuxBuildImage.STANDARD_7_0,
        computeType: ComputeType.SMALL,
        // Docker runs in it.
        privileged: true,
      },
      environmentVariables: { REPOSITORY: { value: repository.repositoryUri } },
      buildSpec: BuildSpec.fromObjectToYaml(BUILD_SPEC),
    });
    for (const [rule, reason] of Object.entries(ACKNOWLEDGED))
      Validations.of(project).acknowledge({ id: rule, reason });
    new CfnOutput(this, 'ImageRepository', {
      value: Fn.join('', [repository.repositoryUri]),
      description: 'Images of models that were built in the account',
    });
  }
}

const ACKNOWLEDGED: Readonly<Record<string, string>> = {
  'AwsSolutions-CB3': 'Docker needs privileged mode to build images.',
  'AwsSolutions-CB4': 'A build has no artifacts; images are encrypted in their repository.',
};

/** `CONTEXT`, `TAGS`, and perhaps `REPOSITORY` and `LOGIN` come with each build. A password is never on a command line. */
export const BUILD_SPEC = {
  version: 0.2,
  env: { shell: 'bash', 'exported-variables': ['IMAGE'] },
  phases: {
    pre_build: {
      commands: [
        'set -euo pipefail; test -n "$CONTEXT"; test -n "$TAGS"',
        [
          'registry="${REPOSITORY%%/*}"',
          'if [ -n "${LOGIN:-}" ]; then',
          '  jq -r .password <<< "$LOGIN" | docker login --username "$(jq -r .user <<< "$LOGIN")" --password-stdin "$registry"',
          'else',
          '  aws ecr get-login-password | docker login --username AWS --password-stdin "$registry"',
          'fi',
        ].join('\n'),
        'mkdir context && aws s3 cp --only-show-errors "$CONTEXT" - | tar -xzf - -C context',
      ],
    },
    build: {
      commands: [
        'docker build --tag built context',
        'for tag in $TAGS; do docker tag built "$REPOSITORY:$tag"; docker push --quiet "$REPOSITORY:$tag"; done',
        'export IMAGE="$(docker image inspect --format \'{{range .RepoDigests}}{{println .}}{{end}}\' built | grep -F "$REPOSITORY@" | head -n 1)"',
        'test -n "$IMAGE"',
      ],
    },
  },
} as const;
