/**
 * A folder of exports of a model, for devices that score without a network.
 *
 * 1. `current.json` names the export that counts; it is replaced in one step, after all files of the export are there.
 * 2. An export is never changed; the one before stays, and the folder can go back to it.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DoNotRetry } from '../model/errors';

export interface CurrentExport {
  readonly model: string;
  readonly version: string;
  /** Folder of the export, relative to this one. */
  readonly path: string;
  /** Of its `model.onnx`. */
  readonly sha256: string;
  /** Exports to go back to, the last one first. */
  readonly previous: readonly Omit<CurrentExport, 'previous' | 'model'>[];
}

/** What an export folder cannot do in the state that it is in. */
export class ExportRefused extends DoNotRetry {
  override readonly name = 'Millrace.ExportRefused';
}

const CURRENT = 'current.json';
const SUMS = 'SHA256SUMS';
/** Exports that stay: this one, and those to go back to. */
const MAX_PREVIOUS = 5;

export function readCurrent(directory: string): CurrentExport | undefined {
  const path = join(directory, CURRENT);
  if (!existsSync(path)) return undefined;
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as CurrentExport;
  } catch (cause) {
    throw new ExportRefused(`${path} is damaged: it is no JSON. Export to another folder.`, { cause });
  }
}

/** Adds an export and makes it the current one; the same one again changes nothing. Returns whether it changed something. */
export function addExport(
  directory: string,
  { model, version }: { readonly model: string; readonly version: string },
  files: Readonly<Record<string, Uint8Array | string>>,
): boolean {
  const before = readCurrent(directory);
  if (before !== undefined && before.model !== model)
    throw new ExportRefused(
      `${directory} has exports of ${before.model}. Export ${model} to a folder of its own.`,
    );
  const sha256 = sha256Of(files['model.onnx'] ?? '');
  if (before?.version === version && before.sha256 === sha256 && faultOf(directory, before) === undefined)
    return false;
  const path = `v${version}-${sha256.slice(0, 12)}`;
  const target = join(directory, path);
  const scratch = `${target}.${process.pid}.part`;
  rmSync(scratch, { recursive: true, force: true });
  mkdirSync(scratch, { recursive: true });
  for (const [name, content] of Object.entries(files)) writeFileSync(join(scratch, name), content);
  const sums = Object.entries(files).map(([name, content]) => `${sha256Of(content)}  ${name}\n`);
  writeFileSync(join(scratch, SUMS), sums.join(''));
  rmSync(target, { recursive: true, force: true });
  renameSync(scratch, target);
  const { model: _model, previous = [], ...last } = before ?? { model };
  const older = 'path' in last && last.path !== path ? [last as CurrentExport, ...previous] : previous;
  const others = older.filter((one) => one.path !== path);
  writeCurrent(directory, { model, version, path, sha256, previous: others.slice(0, MAX_PREVIOUS) });
  for (const gone of others.slice(MAX_PREVIOUS))
    rmSync(join(directory, gone.path), { recursive: true, force: true });
  return true;
}

/** Makes the export before the current one. @throws ExportRefused when there is none, or its files are not what they were */
export function rollBackExport(directory: string): CurrentExport {
  const before = readCurrent(directory);
  if (before === undefined) throw new ExportRefused(`${directory} has no exports.`);
  const [target, ...previous] = before.previous;
  if (target === undefined)
    throw new ExportRefused(
      `Version ${before.version} is the first export in ${directory}; there is none to go back to.`,
    );
  const fault = faultOf(directory, target);
  if (fault !== undefined)
    throw new ExportRefused(`The export of version ${target.version} cannot be gone back to: ${fault}.`);
  const current = { model: before.model, ...target, previous };
  writeCurrent(directory, current);
  return current;
}

/** What is wrong with the files of an export; `undefined` when they have their checksums. */
export function faultOf(directory: string, { path }: Pick<CurrentExport, 'path'>): string | undefined {
  const sums = join(directory, path, SUMS);
  if (!existsSync(sums)) return `${path}/${SUMS} is gone`;
  for (const line of readFileSync(sums, 'utf8').trimEnd().split('\n')) {
    const [sum = '', name = ''] = line.split('  ');
    const file = join(directory, path, name);
    if (!existsSync(file)) return `${path}/${name} is gone`;
    if (sha256Of(readFileSync(file)) !== sum)
      return `${path}/${name} has another checksum than when it was exported`;
  }
  return undefined;
}

function writeCurrent(directory: string, current: CurrentExport): void {
  const scratch = join(directory, `${CURRENT}.${process.pid}`);
  writeFileSync(scratch, `${JSON.stringify(current, null, 2)}\n`);
  renameSync(scratch, join(directory, CURRENT));
}

function sha256Of(content: Uint8Array | string): string {
  return createHash('sha256').update(content).digest('hex');
}
