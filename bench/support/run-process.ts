/** Runs node in a process of its own and measures it whole: start, work and end. */
import { spawnSync } from 'node:child_process';

export interface ProcessTime {
  readonly milliseconds: number;
  readonly output: string;
}

/** @throws Error when the process fails. */
export function runNode(args: readonly string[], cwd: string): ProcessTime {
  const start = performance.now();
  const result = spawnSync(process.execPath, [...args], {
    cwd,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  const milliseconds = performance.now() - start;
  if (result.status !== 0) throw new Error(`node ${args.join(' ')} failed:\n${result.stderr}`);
  return { milliseconds, output: result.stdout };
}

/** The fastest of some runs: what is left when the machine is not busy with something else. */
export function fastest(runs: number, run: () => ProcessTime): ProcessTime {
  const times = Array.from({ length: runs }, run);
  return times.reduce((best, time) => (time.milliseconds < best.milliseconds ? time : best));
}
