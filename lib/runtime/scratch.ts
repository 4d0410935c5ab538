import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A directory of one invocation, made when it is first asked for. `/tmp` of a function outlives the invocation. */
export class Scratch {
  private path: Promise<string> | undefined;

  directory(): Promise<string> {
    return (this.path ??= mkdtemp(join(tmpdir(), 'millrace-')));
  }

  async remove(): Promise<void> {
    if (this.path !== undefined) await rm(await this.path, { recursive: true, force: true });
  }
}
