/** Downloads a package through the npm that belongs to this node, so that the user's registry and proxy settings hold. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

/** Packs `<name>@<version>` into a folder. @returns the path of the archive. @throws when npm fails, e.g. offline. */
export type PackPackage = (spec: string, directory: string) => Promise<string>;

/** Longer than any download of 30 MB should take; npm's own retries would wait for minutes when offline. */
const TIMEOUT_MS = 180_000;
const FLAGS = [
  '--json',
  '--ignore-scripts',
  '--prefer-offline',
  '--fetch-retries=0',
  '--fetch-timeout=60000',
];

export const npmPack: PackPackage = async (spec, directory) => {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [npmCli(), 'pack', spec, '--pack-destination', directory, ...FLAGS],
    { cwd: directory, timeout: TIMEOUT_MS, windowsHide: true },
  );
  const report = JSON.parse(stdout) as { filename: string }[] | Record<string, { filename: string }>;
  const filename = Object.values(report)[0]?.filename;
  if (filename === undefined) throw new Error(`npm pack ${spec} named no file: ${stdout.slice(0, 200)}`);
  // Some releases of npm report `@scope/name-1.0.0.tgz` for the file `scope-name-1.0.0.tgz`.
  return join(directory, filename.replace(/^@/, '').replace('/', '-'));
};

function npmCli(): string {
  const home = dirname(process.execPath);
  const candidates = [
    process.env['npm_execpath'] ?? '',
    join(home, 'node_modules', 'npm', 'bin', 'npm-cli.js'),
    join(home, '..', 'lib', 'node_modules', 'npm', 'bin', 'npm-cli.js'),
    join(home, '..', 'share', 'nodejs', 'npm', 'bin', 'npm-cli.js'),
  ];
  const found = candidates.find((path) => /npm-cli\.c?js$/.test(path) && existsSync(path));
  if (found === undefined) throw new Error(`npm was not found beside ${process.execPath}.`);
  return found;
}
