/**
 * The definitions as their files are now, for who compares them with what is deployed. They are synthesised when a file has
 * changed since the last time, into `plan/` of the state directory.
 */
import { execFile } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parseCatalogue } from '../console/catalogue';
import { ConsoleError } from '../console/console-error';
import type { WorkingCopy } from '../console/console-options';
import { stampOf } from './assembly';
import type { Project } from './project';
import { readAssembly } from './read-assembly';

const STAMP = 'millrace.stamp';

/** Who asks while it is made gets the same answer. */
export function workingCopyOf(project: Project, stage: string): () => Promise<WorkingCopy> {
  let asked: Promise<WorkingCopy> | undefined;
  return async () => {
    asked ??= read(project, stage).finally(() => {
      asked = undefined;
    });
    return asked;
  };
}

async function read(project: Project, stage: string): Promise<WorkingCopy> {
  const stamp = await stampOf(project, stage);
  const deployed = join(project.stateDirectory, 'cdk.out');
  const apart = join(project.stateDirectory, 'plan');
  if (stampIn(deployed) === stamp) return copyIn(deployed);
  if (stampIn(apart) !== stamp) {
    rmSync(apart, { recursive: true, force: true });
    await synthesiseApart(project, stage, apart);
    writeFileSync(join(apart, STAMP), stamp);
  }
  return copyIn(apart);
}

function stampIn(directory: string): string | undefined {
  const file = join(directory, STAMP);
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}

function copyIn(directory: string): WorkingCopy {
  return {
    of: 'files',
    catalogue: parseCatalogue(readFileSync(join(directory, 'millrace.json'), 'utf8')),
    definitions: readAssembly(directory),
  };
}

/** @throws ConsoleError when there is nothing to compare */
async function synthesiseApart(project: Project, stage: string, outdir: string): Promise<void> {
  const script = join(__dirname, 'synthesise-apart.ts');
  const args = [
    '--require',
    require.resolve('tsx/cjs'),
    script,
    stage,
    project.root,
    project.pipelines,
    outdir,
  ];
  try {
    await promisify(execFile)(process.execPath, args, { cwd: project.root });
  } catch (cause) {
    const { stderr = '' } = cause as { readonly stderr?: string };
    throw new ConsoleError(
      409,
      `The working copy cannot be synthesised: ${stderr.trim() || String(cause)}`,
      'Mend it; `npx millrace check` tells where.',
      { cause },
    );
  }
}
