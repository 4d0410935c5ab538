/**
 * The most memory that this process has had since some moment: what Linux calls VmHWM, which a process may set back. On
 * other systems since the process began.
 */
import { readFileSync, writeFileSync } from 'node:fs';

const LINUX = process.platform === 'linux';

/** From here on the peak counts anew. */
export function startMemoryPeak(): void {
  // Twice, and some time in between, as memory is given back by another thread.
  const { gc } = globalThis as { gc?: () => void };
  gc?.();
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
  gc?.();
  if (LINUX) writeFileSync('/proc/self/clear_refs', '5');
}

/** MiB that are resident now. */
export function memory(): number {
  return process.memoryUsage().rss / 2 ** 20;
}

/** MiB at most since `startMemoryPeak`. */
export function memoryPeak(): number {
  if (!LINUX) return process.resourceUsage().maxRSS / 1024;
  const line = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'));
  return Number(line?.[1]) / 1024;
}
