/** What a guide shows: files by the name in their first line, and commands, so that tests take both from the guide itself. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './millrace';

const textOf = (guide: string): string => readFileSync(join(ROOT, 'docs', 'guides', guide), 'utf8');

/** Blocks of TypeScript or Python that begin with the path of their file. */
export function filesOf(guide: string): Record<string, string> {
  return Object.fromEntries(
    [...textOf(guide).matchAll(/```(?:ts|python)\n(?:\/\/|#) (\S+)\n([\s\S]*?)```/g)].map(
      ([, file = '', code = '']) => [file, code],
    ),
  );
}

/** How many blocks of TypeScript have no file: these are run by nobody. */
export function unnamedBlocks(guide: string): string[] {
  return [...textOf(guide).matchAll(/```ts\n(?!\/\/ \S+\/\S+\n)([\s\S]*?)```/g)].map(([, code = '']) => code);
}

/** Lines of the shell blocks that call `millrace`, as arguments, without comments. */
export function commandsOf(guide: string): string[][] {
  return [...textOf(guide).matchAll(/```sh\n([\s\S]*?)```/g)]
    .flatMap(([, block = '']) => block.split('\n'))
    .filter((line) => /^(npx )?millrace /.test(line))
    .map((line) => argumentsOf(line.replace(/^(npx )?millrace /, '')));
}

/** Words as a shell would part them: quotes hold together, `#` begins a comment. */
function argumentsOf(line: string): string[] {
  const words = line.match(/"[^"]*"|'[^']*'|\S+/g) ?? [];
  const end = words.findIndex((word) => word.startsWith('#'));
  return (end < 0 ? words : words.slice(0, end)).map((word) => word.replace(/^(["'])(.*)\1$/s, '$2'));
}
