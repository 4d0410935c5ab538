import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import git from 'isomorphic-git';
import { readCodeVersion } from '../../lib/cloud/code-version';

const AUTHOR = { name: 'A', email: 'a@example.com' };
const SHA = '0123456789abcdef0123456789abcdef01234567';
let dir: string;

/** A repository with a.txt, src/b.txt and a .gitignore, committed. */
async function repository(): Promise<string> {
  mkdirSync(join(dir, 'src'));
  writeFileSync(join(dir, 'a.txt'), 'a\n');
  writeFileSync(join(dir, 'src', 'b.txt'), 'b\n');
  writeFileSync(join(dir, '.gitignore'), 'node_modules/\n*.log\n');
  await git.init({ fs, dir, defaultBranch: 'main' });
  for (const filepath of ['a.txt', 'src/b.txt', '.gitignore']) await git.add({ fs, dir, filepath });
  return git.commit({ fs, dir, message: 'First', author: AUTHOR });
}

beforeEach(() => {
  dir = realpathSync(mkdtempSync(join(tmpdir(), 'millrace-code-')));
});
afterEach(() => {
  rmSync(dir, { recursive: true, force: true });
});

describe('the code version of a repository', () => {
  it('is the commit of HEAD, clean after a commit', async () => {
    const commit = await repository();
    expect(await readCodeVersion(dir, {})).toEqual({ commit, dirty: false });
  });

  it('is that of the repository around a project in a subfolder', async () => {
    const commit = await repository();
    expect(await readCodeVersion(join(dir, 'src'), {})).toEqual({ commit, dirty: false });
  });

  it.each<[string, () => void]>([
    ['a tracked file was changed', () => writeFileSync(join(dir, 'src', 'b.txt'), 'changed\n')],
    ['a tracked file was deleted', () => rmSync(join(dir, 'a.txt'))],
    ['a tracked folder was deleted', () => rmSync(join(dir, 'src'), { recursive: true })],
    ['there is a new file', () => writeFileSync(join(dir, 'src', 'new.ts'), '')],
    [
      'there is a new folder with a file',
      () => {
        mkdirSync(join(dir, 'lib', 'deep'), { recursive: true });
        writeFileSync(join(dir, 'lib', 'deep', 'new.ts'), '');
      },
    ],
  ])('is dirty when %s', async (_case, change) => {
    const commit = await repository();
    change();
    expect(await readCodeVersion(dir, {})).toEqual({ commit, dirty: true });
  });

  it('is dirty when a change is staged and not committed', async () => {
    const commit = await repository();
    writeFileSync(join(dir, 'a.txt'), 'staged\n');
    await git.add({ fs, dir, filepath: 'a.txt' });
    expect(await readCodeVersion(dir, {})).toEqual({ commit, dirty: true });
  });

  it('stays clean with ignored files, and with a file that was rewritten with the same content', async () => {
    const commit = await repository();
    mkdirSync(join(dir, 'node_modules', 'x'), { recursive: true });
    writeFileSync(join(dir, 'node_modules', 'x', 'index.js'), '');
    writeFileSync(join(dir, 'debug.log'), '');
    writeFileSync(join(dir, 'a.txt'), 'a\n');
    expect(await readCodeVersion(dir, {})).toEqual({ commit, dirty: false });
  });

  it('is read without writing into .git', async () => {
    await repository();
    writeFileSync(join(dir, 'a.txt'), 'a\n');
    const before = readFileSync(join(dir, '.git', 'index'));
    await readCodeVersion(dir, {});
    expect(readFileSync(join(dir, '.git', 'index')).equals(before)).toBe(true);
  });

  it('is found with a detached HEAD and with packed refs', async () => {
    const commit = await repository();
    writeFileSync(
      join(dir, '.git', 'packed-refs'),
      `# pack-refs with: peeled fully-peeled sorted\n${commit} refs/heads/main\n`,
    );
    rmSync(join(dir, '.git', 'refs', 'heads', 'main'));
    expect(await readCodeVersion(dir, {})).toEqual({ commit, dirty: false });
    writeFileSync(join(dir, '.git', 'HEAD'), `${commit}\n`);
    expect(await readCodeVersion(dir, {})).toEqual({ commit, dirty: false });
  });

  it('is that of a linked worktree, which shares objects and refs with its repository', async () => {
    const commit = await repository();
    const worktree = join(dir, 'node_modules', 'linked');
    const own = join(dir, '.git', 'worktrees', 'linked');
    mkdirSync(worktree, { recursive: true });
    mkdirSync(own, { recursive: true });
    writeFileSync(join(worktree, '.git'), `gitdir: ${own}\n`);
    writeFileSync(join(own, 'HEAD'), 'ref: refs/heads/main\n');
    writeFileSync(join(own, 'commondir'), '../..\n');
    writeFileSync(join(own, 'index'), readFileSync(join(dir, '.git', 'index')));
    mkdirSync(join(worktree, 'src'));
    writeFileSync(join(worktree, 'a.txt'), 'a\n');
    writeFileSync(join(worktree, 'src', 'b.txt'), 'b\n');
    writeFileSync(join(worktree, '.gitignore'), 'node_modules/\n*.log\n');
    expect(await readCodeVersion(worktree, {})).toEqual({ commit, dirty: false });
    writeFileSync(join(worktree, 'a.txt'), 'changed there only\n');
    expect(await readCodeVersion(worktree, {})).toEqual({ commit, dirty: true });
    expect(await readCodeVersion(dir, {})).toEqual({ commit, dirty: false });
  });
});

describe('the code version without a usable repository', () => {
  it.each([
    'GITHUB_SHA',
    'CI_COMMIT_SHA',
    'CODEBUILD_RESOLVED_SOURCE_VERSION',
    'BITBUCKET_COMMIT',
    'BUILD_SOURCEVERSION',
    'CIRCLE_SHA1',
  ])('is what %s says', async (name) => {
    expect(await readCodeVersion(dir, { [name]: SHA })).toEqual({ commit: SHA, dirty: false });
  });

  it('is unknown when no variable holds a commit', async () => {
    expect(await readCodeVersion(dir, { GITHUB_SHA: 'main' })).toEqual({ commit: 'unknown', dirty: false });
  });

  it('is unknown in a repository without a commit, and in a damaged one', async () => {
    await git.init({ fs, dir });
    expect((await readCodeVersion(dir, {})).commit).toBe('unknown');
    writeFileSync(join(dir, '.git', 'HEAD'), 'garbage');
    expect((await readCodeVersion(dir, {})).commit).toBe('unknown');
  });
});
