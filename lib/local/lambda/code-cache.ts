/** Files that processes of functions keep of what V8 compiled: one for each bundle, some 1 MB each. */
import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';

const MOST_FILES = 100;

/** Removes the oldest beyond a hundred; whoever needs one again makes it again. */
export function pruneCodeCache(directory: string): void {
  let files: string[];
  try {
    files = readdirSync(directory);
  } catch {
    return;
  }
  if (files.length <= MOST_FILES) return;
  const made = files.map((name) => {
    const file = join(directory, name);
    return { file, at: statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0 };
  });
  made.sort((a, b) => b.at - a.at);
  for (const { file } of made.slice(MOST_FILES)) rmSync(file, { force: true });
}
