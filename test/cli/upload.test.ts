import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testObjects } from '../support/learned';
import { startTrackingEndpoint, type TrackingEndpoint } from '../support/tracking-endpoint';

const directory = mkdtempSync(join(tmpdir(), 'millrace-upload-'));
const file = join(directory, 'orders.csv');
let millrace: TrackingEndpoint;
beforeAll(async () => {
  millrace = await startTrackingEndpoint();
  writeFileSync(file, 'id,total\n1,20\n');
});
afterAll(async () => {
  rmSync(directory, { recursive: true, force: true });
  await millrace.stop();
});

const stored = async (key: string) => Buffer.from(await testObjects().getBytes(key)).toString();

describe('millrace upload', () => {
  it('puts files below raw/, and a newer one in the place of the older', async () => {
    const { code, stdout } = await millrace.run('upload', file);
    expect([code, stdout]).toEqual([
      0,
      expect.stringMatching(/→ s3:.*\/raw\/orders.csv \(14 bytes, SHA-256 /),
    ]);
    expect(await stored('raw/orders.csv')).toBe('id,total\n1,20\n');
    writeFileSync(file, 'id,total\n2,30\n');
    const { objects } = await millrace.json<{ objects: { uri: string; bytes: number }[] }>('upload', file);
    expect(objects).toMatchObject([{ bytes: 14, uri: expect.stringMatching(/raw\/orders.csv$/) as unknown }]);
    expect(await stored('raw/orders.csv')).toContain('2,30');
    expect((await millrace.run('upload', file, '--to', '/raw/shop/2026')).code).toBe(0);
    expect(await stored('raw/shop/2026/orders.csv')).toContain('2,30');
  });

  it.each([
    ['a file that is not there', [join(directory, 'none.csv')], 'The file cannot be read: ENOENT'],
    ['a folder', [directory], 'is no file'],
    ['a place of the tasks', [file, '--to', 'datasets/x'], "not to 'datasets/x'"],
    ['a way out', [file, '--to', 'raw/../datasets'], 'Files are uploaded to raw/'],
  ])('refuses %s, and sends nothing', async (_what, args, message) => {
    const { code, stderr } = await millrace.run('upload', ...args);
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
  });

  it('refuses two files of one name', async () => {
    const folder = join(directory, 'other');
    mkdirSync(folder);
    writeFileSync(join(folder, 'orders.csv'), 'x\n1\n');
    const { code, stderr } = await millrace.run(
      'upload',
      file,
      join(folder, 'orders.csv'),
      '--to',
      'raw/both',
    );
    expect([code, stderr]).toEqual([2, expect.stringContaining('Two of the files are called orders.csv')]);
    expect(await testObjects().head('raw/both/orders.csv')).toBeUndefined();
  });
});
