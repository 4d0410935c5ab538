/** Connections that a program beside the local cloud gives, and a file that tells them from those that people set. */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deleteParameter, writeParameter } from '../aws/parameters';
import { readParameter } from '../aws/read-parameter';
import { connectionPlace } from '../connections/places';

interface Given {
  readonly pid: number | undefined;
  /** What was written, by the name of the connection. */
  readonly connections: Readonly<Record<string, string>>;
}

export class BesideConnections {
  private readonly file: string;
  private readonly given: Record<string, string> = {};
  /** What a process before has left. */
  private readonly left: Readonly<Record<string, string>>;

  constructor(
    stateDirectory: string,
    private readonly stage: string,
    pipeline: string,
    private readonly pid: number | undefined,
  ) {
    this.file = fileOf(stateDirectory, pipeline);
    this.left = read(this.file)?.connections ?? {};
    this.write();
  }

  /** Returns false, and changes nothing, when somebody else has set it. */
  async set(name: string, settings: object): Promise<boolean> {
    const place = connectionPlace(this.stage, name);
    const found = await readParameter(place);
    if (found !== undefined && found !== this.left[name] && found !== this.given[name]) return false;
    const text = JSON.stringify(settings);
    this.given[name] = text;
    this.write();
    await writeParameter(place, text, { secret: true, description: 'Of a program beside the local cloud' });
    return true;
  }

  /** Takes back what is still as it was given. */
  async withdraw(): Promise<void> {
    for (const [name, text] of Object.entries({ ...this.left, ...this.given })) {
      const place = connectionPlace(this.stage, name);
      if ((await readParameter(place)) === text) await deleteParameter(place);
    }
    rmSync(this.file, { force: true });
  }

  private write(): void {
    const given: Given = { pid: this.pid, connections: { ...this.left, ...this.given } };
    writeFileSync(this.file, JSON.stringify(given));
  }
}

/** Whether another process has the program of a pipeline up, e.g. `millrace dev`. */
export function isBeside(stateDirectory: string, pipeline: string): boolean {
  const { pid } = read(fileOf(stateDirectory, pipeline)) ?? {};
  if (pid === undefined) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function fileOf(stateDirectory: string, pipeline: string): string {
  return join(stateDirectory, `beside-${pipeline}.json`);
}

function read(file: string): Given | undefined {
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Given) : undefined;
}
