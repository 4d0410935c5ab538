/**
 * Which commit the project is at, read from `.git` or from what CI systems say, without the git program.
 * A tree is dirty when a tracked file was changed, deleted or staged, or when there is a file that is neither tracked nor ignored.
 */
import type { WalkerEntry } from 'isomorphic-git';
import type { CodeVersion } from '../model/run-context';
import { openRepository, type Repository } from './read-only-git';

/** Variables that hold the commit: GitHub, GitLab, CodeBuild, Bitbucket, Azure Pipelines, CircleCI, Jenkins, Travis, Buildkite. */
const CI_COMMIT_VARIABLES = [
  'GITHUB_SHA',
  'CI_COMMIT_SHA',
  'CODEBUILD_RESOLVED_SOURCE_VERSION',
  'BITBUCKET_COMMIT',
  'BUILD_SOURCEVERSION',
  'CIRCLE_SHA1',
  'GIT_COMMIT',
  'TRAVIS_COMMIT',
  'BUILDKITE_COMMIT',
] as const;

export const UNKNOWN_CODE: CodeVersion = { commit: 'unknown', dirty: false };

/**
 * @returns the commit of the repository that holds the project; else the one a CI variable names; else `unknown`.
 * A CI build without `.git` is taken as clean. Never throws: a repository that cannot be read counts as none.
 */
export async function readCodeVersion(
  projectRoot: string,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Promise<CodeVersion> {
  try {
    const repository = await openRepository(projectRoot);
    const commit = repository && (await headOf(repository));
    if (repository !== undefined && commit !== undefined) {
      return { commit, dirty: await isDirty(repository, commit) };
    }
  } catch {
    // Damaged or in a format newer than the library: no better than no repository at all.
  }
  for (const name of CI_COMMIT_VARIABLES) {
    const commit = environment[name];
    if (commit !== undefined && /^([0-9a-f]{40}|[0-9a-f]{64})$/.test(commit)) return { commit, dirty: false };
  }
  return UNKNOWN_CODE;
}

/** Loading it costs a tenth of a second: only where there is a repository. */
const library = () => require('isomorphic-git') as typeof import('isomorphic-git');

/** `undefined` in a repository without a commit. */
async function headOf(repository: Repository): Promise<string | undefined> {
  const { resolveRef, Errors } = library();
  try {
    return await resolveRef({ fs: repository.fs as never, gitdir: repository.gitdir, ref: 'HEAD' });
  } catch (error) {
    if (error instanceof Errors.NotFoundError) return undefined;
    throw error;
  }
}

/** Ends the walk at the first difference. */
class Difference extends Error {}

async function isDirty({ fs, dir, gitdir }: Repository, commit: string): Promise<boolean> {
  const { isIgnored, walk, STAGE, TREE, WORKDIR } = library();
  const cache = {};
  const map = async (filepath: string, [head, stage, workdir]: (WalkerEntry | null)[]): Promise<unknown> => {
    if (filepath === '.') return undefined;
    const tracked = Boolean(head ?? stage);
    if (!tracked) {
      // `null` keeps the walk out of ignored folders such as node_modules.
      if (await isIgnored({ fs: fs as never, dir, gitdir, filepath })) return null;
      if ((await workdir?.type()) === 'tree') return undefined;
      throw new Difference();
    }
    const type = (await head?.type()) ?? (await stage?.type());
    if (type === 'commit') return null;
    if (type === 'tree') {
      if (!workdir) throw new Difference();
      return undefined;
    }
    if (!head || !stage || !workdir || (await workdir.type()) !== 'blob') throw new Difference();
    const staged = await stage.oid();
    if ((await head.oid()) !== staged || (await workdir.oid()) !== staged) throw new Difference();
    return undefined;
  };
  try {
    const trees = [TREE({ ref: commit }), STAGE(), WORKDIR()];
    await walk({ fs: fs as never, dir, gitdir, cache, trees, map });
    return false;
  } catch (error) {
    if (error instanceof Difference) return true;
    throw error;
  }
}
