import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startLocalCloud } from '../../lib/local/local-cloud';
import { foreignEntries } from '../../lib/local/state-directory';

const projectRoot = join(__dirname, '..', '..');

describe('the state directory', () => {
  let base: string;
  beforeEach(() => {
    base = mkdtempSync(join(tmpdir(), 'millrace-state-'));
  });
  afterEach(() => rmSync(base, { recursive: true, force: true }));

  it('is left alone when it is not ours', async () => {
    writeFileSync(join(base, 'thesis.doc'), 'precious');
    await expect(startLocalCloud({ directory: base, projectRoot })).rejects.toMatchObject({
      name: 'Millrace.StateDirectory',
      message: expect.stringContaining('thesis.doc'),
      remedy: expect.stringContaining('--directory'),
    });
    expect(readdirSync(base)).toEqual(['thesis.doc']);
  });

  it.each([
    ['a damaged marker', '{', 'is damaged'],
    ['a newer format', '{"format": 99}', 'newer millrace'],
  ])('is refused with %s', async (_what, marker, message) => {
    writeFileSync(join(base, 'format.json'), marker);
    await expect(startLocalCloud({ directory: base, projectRoot })).rejects.toThrow(message);
    expect(readdirSync(base)).toEqual(['format.json']);
  });

  it('is told from what others put there; what killed programs left is ours', () => {
    for (const name of ['format.json', 'beside-data-ingestion.json', 'beside', 'thesis.doc'])
      writeFileSync(join(base, name), '{}');
    expect(foreignEntries(base).sort()).toEqual(['beside', 'thesis.doc']);
  });

  it('is refused with a damaged store', async () => {
    writeFileSync(join(base, 'format.json'), '{"format": 1}');
    mkdirSync(join(base, 'state'));
    writeFileSync(join(base, 'state', 'data.mdb'), 'this is no database'.repeat(1000));
    await expect(startLocalCloud({ directory: base, projectRoot })).rejects.toMatchObject({
      name: 'Millrace.StateDirectory',
      remedy: expect.stringContaining('start afresh'),
    });
  });

  it('is refused with a store that was cut off', async () => {
    const cloud = await startLocalCloud({ directory: base, projectRoot });
    await cloud.stop();
    truncateSync(join(base, 'state', 'data.mdb'), 8192);
    await expect(startLocalCloud({ directory: base, projectRoot })).rejects.toThrow('is cut off');
  });

  it('is taken over from a process that was killed', async () => {
    writeFileSync(join(base, 'format.json'), '{"format": 1}');
    writeFileSync(
      join(base, 'server.json'),
      JSON.stringify({ pid: 2 ** 22 + 1, port: 1, url: 'http://127.0.0.1:1' }),
    );
    const cloud = await startLocalCloud({ directory: base, projectRoot });
    await cloud.stop();
    expect(existsSync(join(base, 'server.json'))).toBe(false);
  });

  it('is refused while another process has it', async () => {
    writeFileSync(join(base, 'format.json'), '{"format": 1}');
    writeFileSync(
      join(base, 'server.json'),
      JSON.stringify({ pid: process.ppid, port: 1, url: 'http://127.0.0.1:1' }),
    );
    await expect(startLocalCloud({ directory: base, projectRoot })).rejects.toThrow(
      `in use by process ${process.ppid}`,
    );
  });
});

describe('a busy port', () => {
  it('is named, with a way out', async () => {
    const base = mkdtempSync(join(tmpdir(), 'millrace-port-'));
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    await expect(startLocalCloud({ directory: base, projectRoot, port })).rejects.toMatchObject({
      name: 'Millrace.PortBusy',
      message: expect.stringContaining(String(port)),
      remedy: expect.stringContaining('--port 0'),
    });
    await new Promise((resolve) => other.close(resolve));
    rmSync(base, { recursive: true, force: true });
  });
});
