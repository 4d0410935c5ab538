import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freeBytes, requireRoom } from '../../lib/cli/disk-space';
import { environmentFault } from '../../lib/cli/environment-fault';

function thrownBy(action: () => void): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  throw new Error('Nothing was thrown.');
}

describe('environmentFault', () => {
  (existsSync('/dev/full') ? it : it.skip)('tells a full disk (needs /dev/full)', () => {
    const fault = environmentFault(thrownBy(() => writeFileSync('/dev/full', 'x')));
    expect(fault).toMatchObject({
      code: 3,
      message: expect.stringMatching(/^The disk is full: ENOSPC/),
      remedy: expect.stringContaining('Make room'),
    });
  });

  it('finds the fault among the causes, and in the words of LMDB', () => {
    const cause = Object.assign(new Error('write'), { code: 'EROFS', path: '/state' });
    expect(environmentFault(new Error('outer', { cause }))).toMatchObject({
      message: 'The disk can only be read: write',
      where: '/state',
    });
    expect(environmentFault(new Error('Commit failed: No space left on device'))?.message).toContain(
      'The disk is full',
    );
    expect(environmentFault(new Error('connect ECONNREFUSED 127.0.0.1:1'))?.remedy).toContain('millrace dev');
  });

  it('leaves other errors to others', () => {
    expect(environmentFault(new TypeError('x is not a function'))).toBeUndefined();
    expect(environmentFault('a text')).toBeUndefined();
  });
});

describe('requireRoom', () => {
  it('says that the disk is full, with what is free and what is needed', () => {
    expect(thrownBy(() => requireRoom('/state', 64 * 1024 * 1024, () => 3 * 1024 * 1024))).toMatchObject({
      code: 3,
      message: 'The disk is full: 3.0 MB are free, 64 MB are needed.',
      where: '/state',
      remedy: expect.stringContaining('goes on at the next start'),
    });
  });

  it('asks nothing of a disk that does not tell', () => {
    expect(() => requireRoom('/state', 64, () => undefined)).not.toThrow();
    expect(() => requireRoom('/state', 64, () => 64)).not.toThrow();
  });

  it('asks the disk on which the folder will be', () => {
    const base = mkdtempSync(join(tmpdir(), 'millrace-room-'));
    expect(freeBytes(join(base, 'not', 'there', 'yet'))).toBeGreaterThan(0);
    rmSync(base, { recursive: true });
  });
});
