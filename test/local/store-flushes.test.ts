import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStateDirectory } from '../../lib/local/state-directory';

/** Where the size of pages stands in the first page; the first two pages say which state is current. */
const PAGE_SIZE_AT = 48;
const KEYS = 200;

describe('the store of the local cloud after a failure of the machine', () => {
  const told = process.env['MILLRACE_FLUSH'];
  let base: string;
  let flushed: Buffer;
  let later: Buffer;
  beforeAll(async () => {
    delete process.env['MILLRACE_FLUSH'];
    base = mkdtempSync(join(tmpdir(), 'millrace-flushes-'));
    const directory = join(base, 'first');
    const write = ({ root }: ReturnType<typeof openStateDirectory>, round: number) => {
      const table = root.openDB<string, number>({ name: 'table', encoding: 'json' });
      for (let key = 0; key < KEYS; key++)
        root.transactionSync(() => void table.put(key, `${round} ${'x'.repeat(500)}`));
    };
    const first = openStateDirectory(directory);
    write(first, 1);
    await first.close();
    const second = openStateDirectory(directory);
    flushed = readFileSync(storeIn(directory));
    // No turn of the event loop, so nothing is flushed in between; pages are used again and again.
    for (let round = 2; round < 8; round++) write(second, round);
    later = readFileSync(storeIn(directory));
    cpSync(join(directory, 'state', 'flushed.json'), join(base, 'flushed.json'));
    await second.close();
  });
  afterAll(() => {
    if (told !== undefined) process.env['MILLRACE_FLUSH'] = told;
    rmSync(base, { recursive: true, force: true });
  });

  const storeIn = (directory: string) => join(directory, 'state', 'data.mdb');
  /** Rounds that the values of a store are of, after it was opened with these bytes on the disk. */
  const roundsIn = async (name: string, bytes: Buffer, boot?: string): Promise<Set<string>> => {
    const directory = join(base, name);
    mkdirSync(join(directory, 'state'), { recursive: true });
    writeFileSync(join(directory, 'format.json'), '{"format": 1}');
    writeFileSync(storeIn(directory), bytes);
    const noted = JSON.parse(readFileSync(join(base, 'flushed.json'), 'utf8')) as object;
    writeFileSync(
      join(directory, 'state', 'flushed.json'),
      JSON.stringify({ ...noted, ...(boot === undefined ? {} : { boot }) }),
    );
    const { root, close } = openStateDirectory(directory);
    const table = root.openDB<string, number>({ name: 'table', encoding: 'json' });
    const values = [...table.getRange({})].map(({ value }) => value);
    await close();
    expect(values).toHaveLength(KEYS);
    return new Set(values.map((value) => value.split(' ')[0] ?? ''));
  };

  it('is of before when the disk has the pages that make the later state current, and none of its others', async () => {
    const torn = Buffer.alloc(later.length);
    flushed.copy(torn);
    later.copy(torn, 0, 0, 2 * later.readUInt32LE(PAGE_SIZE_AT));
    expect(await roundsIn('torn', torn, 'another start')).toEqual(new Set(['1']));
  });

  it('is of before when the disk has all later pages: none was written over one of before', async () => {
    expect(await roundsIn('whole', later, 'another start')).toEqual(new Set(['1']));
  });

  it('has everything when only the process was killed', async () => {
    expect(await roundsIn('killed', later)).toEqual(new Set(['7']));
  });

  it('has everything when it was closed', async () => {
    const noted = join(base, 'first', 'state', 'flushed.json');
    const content = JSON.parse(readFileSync(noted, 'utf8')) as object;
    writeFileSync(noted, JSON.stringify({ ...content, boot: 'another start' }));
    const { root, close } = openStateDirectory(join(base, 'first'));
    const table = root.openDB<string, number>({ name: 'table', encoding: 'json' });
    expect(table.get(0)).toMatch(/^7 /);
    await close();
  });
});
