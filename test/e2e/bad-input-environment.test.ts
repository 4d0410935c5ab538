/** What is wrong with the machine: a busy port, a state directory that is not ours or damaged, no room. Nothing is touched. */
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { environment, millraceHere, millraceIn, ROOT, type JsonError } from '../support/millrace';

const base = mkdtempSync(join(tmpdir(), 'millrace-bad-environment-'));
const directory = join(base, '.millrace');
const millrace = millraceIn(ROOT, directory);
// Commands leave in the environment where the cloud is.
const before = { ...process.env };
afterAll(() => {
  process.env = before;
  rmSync(base, { recursive: true, force: true });
});

describe('a busy port', () => {
  const other = createServer();
  beforeAll(() => new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve)));
  afterAll(() => new Promise((resolve) => other.close(resolve)));

  it.each(['start', 'dev'])(
    'is named by %s, with a way out',
    async (command) => {
      const { port } = other.address() as AddressInfo;
      const { code, error, stderr } = await millrace.refused(command, '--port', String(port));
      expect(code).toBe(3);
      expect(error).toMatchObject({
        name: 'Millrace.PortBusy',
        message: `Port ${port} on 127.0.0.1 is taken by another program.`,
        remedy: expect.stringContaining('--port 0'),
      });
      expect(stderr).toContain(`error Port ${port}`);
    },
    60_000,
  );

  it('leaves a state that the next command can use', async () => {
    const { code, error } = await millrace.refused('runs');
    expect(code).toBe(3);
    expect(error).toMatchObject({
      message: expect.stringContaining("Stage 'dev' is not deployed here"),
      remedy: expect.stringContaining('npm start'),
    });
    expect(await millrace.json('clean', '--yes')).toMatchObject({ code: 0, value: { removed: true } });
  });
});

describe('a state directory', () => {
  const at = (name: string) => join(base, name);
  const contents = (path: string) =>
    readdirSync(path, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => [entry.name, readFileSync(join(entry.parentPath, entry.name), 'latin1')]);

  beforeAll(() => {
    for (const [name, files] of Object.entries({
      foreign: { 'thesis.doc': 'precious', 'cdk.out/mine.json': '{}' },
      'marker-damaged': { 'format.json': '{' },
      newer: { 'format.json': '{"format": 99}' },
      'no-store': { 'format.json': '{"format": 1}', 'state/data.mdb': 'this is no database'.repeat(1000) },
      'in-use': {
        'format.json': '{"format": 1}',
        'server.json': JSON.stringify({ pid: process.ppid, port: 1, url: 'http://127.0.0.1:1' }),
      },
    }))
      for (const [file, text] of Object.entries(files)) {
        mkdirSync(join(at(name), file, '..'), { recursive: true });
        writeFileSync(join(at(name), file), text);
      }
    writeFileSync(at('a-file'), 'x');
  });

  it.each([
    ['foreign', 'is not a state directory of millrace: it holds', '--directory'],
    ['a-file', 'is a file', '--directory'],
    ['marker-damaged', 'format.json is damaged', 'start afresh'],
    ['newer', 'was written by a newer millrace (format 99)', 'update millrace'],
    ['no-store', 'data.mdb is not a store of millrace', 'start afresh'],
  ])('%s is refused and left as it is', async (name, message, remedy) => {
    const own = millraceHere(at(name));
    const before = name === 'a-file' ? [] : contents(at(name));
    const { code, error } = await own.refused('start');
    expect({ code, name: error.name }).toEqual({ code: 3, name: 'Millrace.StateDirectory' });
    expect(error.message).toContain(message);
    expect(error.message).toContain(at(name));
    expect(error.remedy).toContain(remedy);
    expect(name === 'a-file' ? [] : contents(at(name))).toEqual(before);
  });

  it('that was cut off is refused by commands that read, too', async () => {
    const { startLocalCloud } = await import('../../lib/local/local-cloud');
    const cloud = await startLocalCloud({ directory: at('cut'), projectRoot: ROOT });
    await cloud.stop();
    truncateSync(join(at('cut'), 'state', 'data.mdb'), 8192);
    const { code, error } = await millraceHere(at('cut')).refused('runs');
    expect({ code, name: error.name }).toEqual({ code: 3, name: 'Millrace.StateDirectory' });
    expect(error.message).toContain('is cut off');
  });

  it('whose server has stopped answering is told so', async () => {
    const { code, error } = await millraceHere(at('in-use')).refused('runs');
    expect(code).toBe(3);
    expect(error.message).toContain('does not answer');
  });

  it('without a run is told from one that is empty', async () => {
    const { code, error } = await millraceHere(at('nowhere')).refused('runs');
    expect(code).toBe(2);
    expect(error).toMatchObject({ message: 'Nothing has run here yet.', where: at('nowhere') });
    expect(existsSync(at('nowhere'))).toBe(false);
  });

  it('is removed by clean only with --yes, and only when it is ours', async () => {
    const ours = millraceHere(at('marker-damaged'));
    expect(await ours.json('clean')).toMatchObject({ code: 0, value: { removed: false } });
    expect((await ours('clean')).stdout).toContain('Add --yes to do it.');
    expect(existsSync(at('marker-damaged'))).toBe(true);
    expect(await ours.json('clean', '--yes')).toMatchObject({ code: 0, value: { removed: true } });
    expect(existsSync(at('marker-damaged'))).toBe(false);
    expect(await ours.json('clean', '--yes')).toMatchObject({ code: 0, value: { removed: false } });

    writeFileSync(join(at('newer'), 'thesis.doc'), 'precious');
    for (const name of ['foreign', 'newer', 'a-file']) {
      const { code, error } = await millraceHere(at(name)).refused('clean', '--yes');
      expect({ name, code, where: error.where }).toEqual({ name, code: 3, where: at(name) });
    }
    expect(readFileSync(join(at('foreign'), 'thesis.doc'), 'utf8')).toBe('precious');
  });
});

describe('no room', () => {
  const bash = spawnSync('bash', ['-c', 'ulimit -f 64']).status === 0;

  (bash ? it : it.skip)(
    'for a file of the templates stops the start (needs bash: ulimit -f)',
    () => {
      const command = `ulimit -f 64; exec "${process.execPath}" "${join(ROOT, 'bin', 'millrace.js')}" start --json --directory "${join(base, 'full')}"`;
      const { status, stdout, stderr } = spawnSync('bash', ['-c', command], {
        cwd: ROOT,
        encoding: 'utf8',
        // What tsx compiles would be cached in a file, too, and is not what fails here.
        env: { ...environment(), TSX_DISABLE_CACHE: '1' },
      });
      const { error } = JSON.parse(stdout) as JsonError;
      expect({ status, name: error.name, stderr }).toEqual({
        status: 3,
        name: 'EFBIG',
        stderr: expect.stringContaining('remedy Make room'),
      });
      expect(error.message).toContain('limit of this process (ulimit -f) or of the disk');
      expect(error.remedy).toContain('Make room');
    },
    60_000,
  );
});
