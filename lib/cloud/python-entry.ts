/**
 * What `python -c` runs in the container of a handler: the part of the runtime that signs requests, and what fetches the
 * bundle and calls the handler. Without comments, as task definitions have little room.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const RUNTIME = join(__dirname, '..', 'runtime', 'python');

export function pythonEntry(): string {
  const aws = readFileSync(join(RUNTIME, 'millrace', 'aws.py'), 'utf8');
  const entry = readFileSync(join(RUNTIME, 'container_entry.py'), 'utf8');
  // One text: what it imports of the runtime stands before it.
  return withoutComments(`${aws}\n${entry.replace(/^from millrace\.\w+ import .*$/gm, '')}`);
}

/** Docstrings of several lines (one line may be all that a class has), lines that are comments, and empty lines. */
function withoutComments(source: string): string {
  return source
    .replace(/^ *"""(?:(?!""")[\s\S])*\n(?:(?!""")[\s\S])*"""$/gm, '')
    .replace(/^ *#.*$/gm, '')
    .replace(/ {2}# noqa.*$/gm, '')
    .replace(/\n\s*\n+/g, '\n')
    .trimStart();
}
