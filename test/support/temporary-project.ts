/** A project of its own in the temporary folder, with the handlers of this one and whatever a test adds. */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ROOT } from './millrace';

export interface TemporaryProject {
  readonly root: string;
  /** State of its local cloud. */
  readonly state: string;
  write(file: string, text: string): void;
  remove(): void;
}

/** @param files text by path relative to the project; `../lib` is the library, as in `pipelines/` of this project */
export function temporaryProject(files: Readonly<Record<string, string>>): TemporaryProject {
  const root = mkdtempSync(join(tmpdir(), 'millrace-project-'));
  const write = (file: string, text: string) => {
    mkdirSync(join(root, dirname(file)), { recursive: true });
    writeFileSync(join(root, file), text);
  };
  for (const folder of ['pipelines', 'lambdas']) mkdirSync(join(root, folder));
  for (const folder of ['lib', 'node_modules']) symlinkSync(join(ROOT, folder), join(root, folder), 'dir');
  for (const name of readdirSync(join(ROOT, 'lambdas')))
    symlinkSync(join(ROOT, 'lambdas', name), join(root, 'lambdas', name));
  for (const file of ['cdk.json', 'tsconfig.json', 'package.json', 'package-lock.json'])
    cpSync(join(ROOT, file), join(root, file));
  for (const [file, text] of Object.entries(files)) write(file, text);
  return {
    root,
    state: join(root, '.millrace'),
    write,
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}
