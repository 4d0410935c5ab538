import { relative } from 'node:path';

const HERE = __dirname;

/** `file:line` of the nearest caller outside this folder, relative to the working directory. */
export function callPlace(): string {
  for (const line of (new Error().stack ?? '').split('\n').slice(1)) {
    const match = /\(?((?:file:\/\/)?(?:\/|[A-Za-z]:\\)[^():]*(?::\\[^():]*)?):(\d+):\d+\)?$/.exec(line);
    const file = match?.[1]?.replace('file://', '');
    if (file === undefined || file.startsWith(HERE) || file.includes('node_modules')) continue;
    return `${relative(process.cwd(), file).replaceAll('\\', '/')}:${match?.[2] ?? ''}`;
  }
  return 'unknown place';
}
