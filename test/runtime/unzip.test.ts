import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unzip } from '../../lib/runtime/jobs/unzip';

/** Made by Python's zipfile: a deflated file, a stored one, a folder. */
const ARCHIVE = Buffer.from(
  'UEsDBBQAAAAIAAAAIVw9qu4rHgAAAEsAAAAhAAAAbm9kZWpzL25vZGVfbW9kdWxlcy90aW55L2luZGV4Lmpzy81PKc1J1UutKMgvKilWsFUwMVDQVjCy5solWQIAUEsDBBQAAAAAAAAAIVyzJE6WCAAAAAgAAAAjAAAAbm9kZWpzL25vZGVfbW9kdWxlcy90aW55L3N0b3JlZC50eHRhcyBpdCBpc1BLAwQUAAAAAAAAACFcAAAAAAAAAAAAAAAADQAAAG5vZGVqcy9lbXB0eS9QSwECFAMUAAAACAAAACFcParuKx4AAABLAAAAIQAAAAAAAAAAAAAAgAEAAAAAbm9kZWpzL25vZGVfbW9kdWxlcy90aW55L2luZGV4LmpzUEsBAhQDFAAAAAAAAAAhXLMkTpYIAAAACAAAACMAAAAAAAAAAAAAAIABXQAAAG5vZGVqcy9ub2RlX21vZHVsZXMvdGlueS9zdG9yZWQudHh0UEsBAhQDFAAAAAAAAAAhXAAAAAAAAAAAAAAAAA0AAAAAAAAAAAAAAIABpgAAAG5vZGVqcy9lbXB0eS9QSwUGAAAAAAMAAwDbAAAA0QAAAAAA',
  'base64',
);
/** With a file that is called `../outside.js`. */
const OUTSIDE = Buffer.from(
  'UEsDBBQAAAAAAAAAIVyDFtyMAQAAAAEAAAANAAAALi4vb3V0c2lkZS5qc3hQSwECFAMUAAAAAAAAACFcgxbcjAEAAAABAAAADQAAAAAAAAAAAAAAgAEAAAAALi4vb3V0c2lkZS5qc1BLBQYAAAAAAQABADsAAAAsAAAAAAA=',
  'base64',
);

describe('unzip', () => {
  const base = mkdtempSync(join(tmpdir(), 'millrace-unzip-'));
  afterAll(() => rmSync(base, { recursive: true, force: true }));
  const folder = join(base, 'inside');

  it('unpacks modules where a handler beside them finds them', async () => {
    await unzip(ARCHIVE, folder);
    expect(createRequire(join(folder, 'nodejs', 'index.js'))('tiny')).toBe(42);
    expect(readFileSync(join(folder, 'nodejs/node_modules/tiny/stored.txt'), 'utf8')).toBe('as it is');
  });

  it('refuses what is damaged, or leads elsewhere', async () => {
    await expect(unzip(ARCHIVE.subarray(0, 200), folder)).rejects.toThrow('has no end');
    const damaged = Buffer.from(ARCHIVE);
    damaged.writeUInt32LE(5, damaged.length - 6);
    await expect(unzip(damaged, folder)).rejects.toThrow('is damaged');
    await expect(unzip(OUTSIDE, folder)).rejects.toThrow("'../outside.js' leads out of the archive");
    expect(existsSync(join(base, 'outside.js'))).toBe(false);
  });
});
