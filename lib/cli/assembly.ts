/**
 * The synthesised template that the local cloud deploys. It is made in process, without the CDK command line, and
 * only when something it is made from has changed: the stamp beside it is a hash over the contents of all sources.
 */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readCodeVersion } from '../cloud/code-version';
import type { Failure } from '../cloud/failure';
import type { PipelineSummary } from '../cloud/summary';
import type { Output } from './output';
import type { Project } from './project';

/** What templates are made from. `lib/cli` and `lib/local` leave no trace in them. */
const SOURCES = [
  'bin/app.ts',
  'lib',
  'lambdas',
  'pipelines',
  'package-lock.json',
  'cdk.json',
  'tsconfig.json',
];
const WITHOUT = new Set(['lib/cli', 'lib/local', 'lib/console']);

export interface Assembly {
  readonly directory: string;
  /** The `millrace.json` of the assembly. */
  readonly summary: AssemblySummary;
  /** False when an earlier synthesis was still right. */
  readonly fresh: boolean;
}

export interface AssemblySummary {
  readonly stage: string;
  readonly pipelines: readonly PipelineSummary[];
  readonly failures: readonly Failure[];
}

export async function localAssembly(project: Project, stage: string, output: Output): Promise<Assembly> {
  const directory = join(project.stateDirectory, 'cdk.out');
  const stampFile = join(directory, 'millrace.stamp');
  const stamp = await stampOf(project, stage);
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) {
    return { directory, summary: told(readSummary(directory), output), fresh: false };
  }
  output.progress('Synthesising the templates …');
  rmSync(directory, { recursive: true, force: true });
  const { synthesise } = require('../cloud/synthesise') as typeof import('../cloud/synthesise');
  await synthesise({
    outdir: directory,
    stage,
    projectRoot: project.root,
    pipelinesDir: project.pipelines,
    context: { 'allow-broken': true },
    validate: false,
  });
  writeFileSync(stampFile, stamp);
  return { directory, summary: told(readSummary(directory), output), fresh: true };
}

/** Whoever runs one pipeline should know that others are left out. */
function told(summary: AssemblySummary, output: Output): AssemblySummary {
  const files = [...new Set(summary.failures.map((failure) => failure.file))];
  if (files.length > 0)
    output.warn(`Left out, because of faults: ${files.join(', ')}. \`millrace check\` tells them.`);
  return summary;
}

function readSummary(directory: string): AssemblySummary {
  return JSON.parse(readFileSync(join(directory, 'millrace.json'), 'utf8')) as AssemblySummary;
}

/** Hash over all that templates are made from. */
export async function stampOf(project: Project, stage: string): Promise<string> {
  const hash = createHash('sha256').update(`${stage}\n`);
  const visit = (relative: string): void => {
    const path = join(project.root, relative);
    if (WITHOUT.has(relative) || !existsSync(path)) return;
    const entries = statSync(path).isDirectory() ? readdirSync(path).sort() : undefined;
    if (entries === undefined) hash.update(`${relative}\0`).update(readFileSync(path));
    else for (const entry of entries) visit(`${relative}/${entry}`);
  };
  SOURCES.forEach(visit);
  hash.update(JSON.stringify(await readCodeVersion(project.root)));
  return hash.digest('hex');
}
