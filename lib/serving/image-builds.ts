/** Builds of images by CodeBuild, in the account: nobody needs a container engine of their own. */
import { createHash } from 'node:crypto';
import {
  BatchGetBuildsCommand,
  StartBuildCommand,
  type Build,
  type EnvironmentVariable,
} from '@aws-sdk/client-codebuild';
import { codebuildClient } from '../aws/clients/codebuild';

export interface ImageBuild {
  readonly project: string;
  /** `s3://…/context.tar.gz` */
  readonly context: string;
  /** `<registry>/<repository>`; empty: that of the project. */
  readonly repository: string;
  readonly tags: readonly string[];
  /** Parameter with the connection that has user and password for the registry. */
  readonly loginParameter?: string | undefined;
  /** The same asks for the same build. */
  readonly key: string;
}

export type BuildState =
  | { readonly state: 'running'; readonly message: string }
  | { readonly state: 'built'; readonly image: string }
  | { readonly state: 'failed'; readonly message: string };

/** Whether this is a developer's machine, whose one address for all services has no CodeBuild. */
export function buildsNothing(): boolean {
  return (
    process.env['AWS_ENDPOINT_URL'] !== undefined && process.env['AWS_ENDPOINT_URL_CODEBUILD'] === undefined
  );
}

/** Returns the id of the build; `undefined` when the account has no such project. */
export async function startBuild(build: ImageBuild): Promise<string | undefined> {
  const variable = (name: string, value: string): EnvironmentVariable => ({ name, value, type: 'PLAINTEXT' });
  try {
    const { build: started } = await codebuildClient().send(
      new StartBuildCommand({
        projectName: build.project,
        // CodeBuild gives the same build for it, for some minutes.
        idempotencyToken: createHash('sha256').update(build.key).digest('hex'),
        environmentVariablesOverride: [
          variable('CONTEXT', build.context),
          variable('TAGS', build.tags.join(' ')),
          ...(build.repository === '' ? [] : [variable('REPOSITORY', build.repository)]),
          ...(build.loginParameter === undefined
            ? []
            : [{ name: 'LOGIN', value: build.loginParameter, type: 'PARAMETER_STORE' as const }]),
        ],
      }),
    );
    return started?.id ?? '';
  } catch (error) {
    if (error instanceof Error && error.name === 'ResourceNotFoundException') return undefined;
    throw error;
  }
}

export async function describeBuild(id: string): Promise<BuildState> {
  const { builds } = await codebuildClient().send(new BatchGetBuildsCommand({ ids: [id] }));
  const build = builds?.[0];
  if (build === undefined) return { state: 'failed', message: `CodeBuild knows no build ${id} any more.` };
  if (build.buildStatus === 'IN_PROGRESS')
    return { state: 'running', message: `The build is at ${build.currentPhase ?? 'its beginning'}.` };
  if (build.buildStatus !== 'SUCCEEDED') return { state: 'failed', message: reasonOf(build) };
  const image = build.exportedEnvironmentVariables?.find(({ name }) => name === 'IMAGE')?.value ?? '';
  return /@sha256:[0-9a-f]{64}$/.test(image)
    ? { state: 'built', image }
    : { state: 'failed', message: `The build ${id} ended without the digest of an image.` };
}

function reasonOf({ id, buildStatus, phases = [], logs }: Build): string {
  const failed = phases.find(({ phaseStatus }) => phaseStatus !== undefined && phaseStatus !== 'SUCCEEDED');
  const why =
    failed?.contexts
      ?.map(({ message }) => message)
      .filter(Boolean)
      .join(' ') ?? '';
  return [
    `The build ${id} ended as ${buildStatus}${failed === undefined ? '' : ` at ${failed.phaseType}`}.`,
    why,
    logs?.groupName === undefined ? '' : `Its log: ${logs.groupName}, ${logs.streamName ?? ''}.`,
  ]
    .filter((part) => part !== '')
    .join(' ');
}
