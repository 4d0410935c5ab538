/**
 * Room for the state of the local cloud. A store that runs out of room in the middle of a run stands still, so there
 * must be enough before one starts, and whoever waits for a run looks after it.
 */
import { existsSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { CliError, EXIT } from './cli-error';

const MB = 1024 * 1024;
/** Templates and bundles of a project take about 40 MB, a run some more. */
export const ROOM_TO_START = 64 * MB;
/** The same with templates and bundles in place. */
export const ROOM_TO_START_AGAIN = 16 * MB;
/** LMDB asks for pages in groups; below this a write can fail. */
export const ROOM_TO_GO_ON = 2 * MB;

/** Free bytes on the disk of a directory, which need not exist yet; nothing when the disk does not tell. */
export function freeBytes(directory: string): number | undefined {
  let here = directory;
  while (!existsSync(here) && dirname(here) !== here) here = dirname(here);
  try {
    const { bavail, bsize, blocks } = statfsSync(here);
    return blocks === 0 ? undefined : bavail * bsize;
  } catch {
    return undefined;
  }
}

/** @throws CliError that says that the disk is full */
export function requireRoom(
  directory: string,
  needed: number,
  free: (directory: string) => number | undefined = freeBytes,
): void {
  const left = free(directory);
  if (left === undefined || left >= needed) return;
  throw new CliError(
    `The disk is full: ${(left / MB).toFixed(1)} MB are free, ${(needed / MB).toFixed(0)} MB are needed.`,
    {
      code: EXIT.environment,
      where: directory,
      remedy:
        'Make room there, or name a state directory on another disk with --directory. What was recorded before is kept; a run in flight goes on at the next start.',
    },
  );
}
