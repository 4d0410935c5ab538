/**
 * When the store reaches the disk. A commit hands its pages to the operating system and does not wait for the disk: a killed
 * process loses nothing, and a task costs no flush. For a failure of the machine itself:
 *
 * 1. Every quarter of a second, and at the end, the file is flushed in the background, and then the page that makes its
 *    state current ("meta page" of LMDB) is written into a file beside it.
 * 2. A reader that stands still keeps the pages of that state from being used again until a later one is flushed.
 * 3. When the machine was started anew since, and the store holds another state than that page, the page is put back: the
 *    state is a whole one, of at most so long before the failure.
 */
import {
  closeSync,
  existsSync,
  fdatasync,
  fdatasyncSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { uptime } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { RootDatabase, Transaction } from 'lmdb';

const datasync = promisify(fdatasync);
const PERIOD_MS = 250;
/** `MDB_meta` behind the page header of 24 bytes (LMDB data format 2), and where it holds the size of pages and the transaction. */
const META = { start: 24, end: 168, pageSize: 48, transaction: 152 };
/** Two readings of when this machine started may differ by so much: its clock is set now and then. */
const SAME_START_SECONDS = 300;

interface Flushed {
  /** Of the start of the machine. */
  readonly boot: string;
  /** The meta page without its header, base64. */
  readonly meta: string;
}

export class StoreFlushes {
  private readonly timer: NodeJS.Timeout;
  private readonly handle: number;
  private keeps: Transaction;
  private flushed: string | undefined;
  private underWay: Promise<void> | undefined;

  constructor(
    private readonly root: RootDatabase,
    private readonly directory: string,
  ) {
    this.handle = openSync(storeIn(directory), 'r+');
    this.keeps = root.useReadTransaction();
    this.flushed = readFlushed(directory)?.meta;
    const now = metaOf(this.handle);
    if (now !== this.flushed) {
      // Left by a killed process: what was flushed before is not kept from being used again any more.
      fdatasyncSync(this.handle);
      writeFlushedSync(directory, now);
      this.flushed = now;
    }
    this.timer = setInterval(() => void this.flush().catch(() => {}), PERIOD_MS).unref();
  }

  /** Closes the store, flushed. */
  async close(): Promise<void> {
    clearInterval(this.timer);
    await this.underWay?.catch(() => {});
    await this.root.committed;
    await this.flush();
    this.keeps.done();
    await this.root.close();
    closeSync(this.handle);
  }

  /** One flush at a time. */
  private flush(): Promise<void> {
    this.underWay ??= this.flushNow().finally(() => (this.underWay = undefined));
    return this.underWay;
  }

  private async flushNow(): Promise<void> {
    if (metaOf(this.handle) === this.flushed) return;
    // First the reader: whatever is committed from here on leaves the pages of the state that is read next alone.
    this.root.resetReadTxn();
    const keeps = this.root.useReadTransaction();
    const meta = metaOf(this.handle);
    try {
      await datasync(this.handle);
      await writeFlushed(this.directory, meta);
    } catch (error) {
      keeps.done();
      throw error;
    }
    this.flushed = meta;
    this.keeps.done();
    this.keeps = keeps;
  }
}

/** Puts the last flushed state back when the machine has failed since. To be called before the store is opened. */
export function recoverFlushed(directory: string, boot = bootOfMachine()): void {
  const flushed = readFlushed(directory);
  if (flushed === undefined || isSameBoot(flushed.boot, boot) || !existsSync(storeIn(directory))) return;
  const handle = openSync(storeIn(directory), 'r+');
  try {
    if (metaOf(handle) === flushed.meta) return;
    const meta = Buffer.from(flushed.meta, 'base64');
    const pageSize = meta.readUInt32LE(META.pageSize - META.start);
    for (const page of [0, 1]) writeSync(handle, meta, 0, meta.length, page * pageSize + META.start);
    fdatasyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** The later of the two meta pages. */
function metaOf(handle: number): string {
  const read = (position: number): Buffer => {
    const meta = Buffer.alloc(META.end - META.start);
    readSync(handle, meta, 0, meta.length, position + META.start);
    return meta;
  };
  const first = read(0);
  const second = read(first.readUInt32LE(META.pageSize - META.start));
  const transaction = (meta: Buffer) => meta.readBigUInt64LE(META.transaction - META.start);
  return (transaction(second) > transaction(first) ? second : first).toString('base64');
}

function readFlushed(directory: string): Flushed | undefined {
  try {
    return JSON.parse(readFileSync(flushedIn(directory), 'utf8')) as Flushed;
  } catch {
    return undefined;
  }
}

async function writeFlushed(directory: string, meta: string): Promise<void> {
  const path = flushedIn(directory);
  const file = await open(`${path}.new`, 'w');
  try {
    await file.writeFile(contentOf(meta));
    await file.datasync();
  } finally {
    await file.close();
  }
  await rename(`${path}.new`, path);
}

function writeFlushedSync(directory: string, meta: string): void {
  const path = flushedIn(directory);
  writeFileSync(`${path}.new`, contentOf(meta), { flush: true });
  renameSync(`${path}.new`, path);
}

function contentOf(meta: string): string {
  const content: Flushed = { boot: bootOfMachine(), meta };
  return JSON.stringify(content);
}

/** Differs from start to start of this machine. */
function bootOfMachine(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return String(Math.round(Date.now() / 1000 - uptime()));
  }
}

function isSameBoot(one: string, other: string): boolean {
  return one === other || Math.abs(Number(one) - Number(other)) < SAME_START_SECONDS;
}

const storeIn = (directory: string): string => join(directory, 'data.mdb');
const flushedIn = (directory: string): string => join(directory, 'flushed.json');
