/**
 * A view of a repository's files for isomorphic-git that
 * 1. never writes: the library refreshes the stat cache in the index as a side effect, which would race with git itself;
 * 2. knows linked worktrees: what a worktree shares with its repository is read from the common directory.
 */
import { promises } from 'node:fs';
import { join, resolve, sep } from 'node:path';

/** Parts of a git directory that every worktree has for itself (gitrepository-layout(5)). */
const PER_WORKTREE = new Set(['HEAD', 'ORIG_HEAD', 'MERGE_HEAD', 'index', 'logs', 'commondir', 'gitdir']);

export interface Repository {
  /** Root of the working tree. */
  readonly dir: string;
  readonly gitdir: string;
  readonly fs: { readonly promises: object };
}

/** @returns the repository whose working tree holds the folder, or `undefined`. */
export async function openRepository(from: string): Promise<Repository | undefined> {
  for (let dir = resolve(from); ; dir = join(dir, '..')) {
    const gitdir = await gitDirectory(dir);
    if (gitdir !== undefined) return { dir, gitdir, fs: readOnly(gitdir, await commonDirectory(gitdir)) };
    if (join(dir, '..') === dir) return undefined;
  }
}

/** `.git` is the directory itself or, in worktrees and submodules, a file that names it. */
async function gitDirectory(dir: string): Promise<string | undefined> {
  const dotGit = join(dir, '.git');
  const stat = await promises.stat(dotGit).catch(() => undefined);
  if (stat === undefined) return undefined;
  const gitdir = stat.isDirectory() ? dotGit : await pointedAt(dotGit, dir);
  const head = gitdir && (await promises.stat(join(gitdir, 'HEAD')).catch(() => undefined));
  return head ? gitdir : undefined;
}

async function pointedAt(file: string, dir: string): Promise<string | undefined> {
  const path = /^gitdir: (.+)/.exec(await promises.readFile(file, 'utf8'))?.[1]?.trim();
  return path === undefined ? undefined : resolve(dir, path);
}

async function commonDirectory(gitdir: string): Promise<string> {
  const path = await promises.readFile(join(gitdir, 'commondir'), 'utf8').catch(() => '.');
  return resolve(gitdir, path.trim());
}

function readOnly(gitdir: string, common: string): { promises: object } {
  const own = gitdir + sep;
  // Asynchronous, so that a call without a path rejects: that is how the library tells promises from callbacks.
  const place = async (path: string): Promise<string> => {
    const whole = resolve(path);
    if (common === gitdir || !whole.startsWith(own)) return path;
    const relative = whole.slice(own.length);
    return PER_WORKTREE.has(relative.split(sep)[0] ?? '') ? path : join(common, relative);
  };
  const ignored = (): Promise<void> => Promise.resolve();
  return {
    promises: {
      readFile: async (path: string, options?: BufferEncoding) =>
        promises.readFile(await place(path), options),
      readdir: async (path: string) => promises.readdir(await place(path)),
      stat: async (path: string) => promises.stat(await place(path)),
      lstat: async (path: string) => promises.lstat(await place(path)),
      readlink: async (path: string, options?: BufferEncoding) =>
        promises.readlink(await place(path), options),
      writeFile: ignored,
      unlink: ignored,
      mkdir: ignored,
      rmdir: ignored,
      symlink: ignored,
      chmod: ignored,
      rm: ignored,
    },
  };
}
