/** Reads what `exportStore` has written, a record at a time. */
import { createReadStream, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { TrackingRefused } from './tracking-refused';
import { FORMAT, KINDS, MANIFEST, type Kind, type Manifest, type Records } from './transfer-format';

/** @throws TrackingRefused for a folder that is no whole export, or one of another format */
export async function readManifest(directory: string): Promise<Manifest> {
  const file = join(directory, MANIFEST);
  if (!existsSync(file))
    throw refuse(`${directory} holds no whole export: there is no ${MANIFEST}, which is written last.`);
  const manifest = parse(readFileSync(file, 'utf8'), file) as Manifest;
  if (manifest.format !== FORMAT)
    throw refuse(`${file} has format ${String(manifest.format)}; this version of millrace reads ${FORMAT}.`);
  for (const kind of KINDS) {
    let lines = 0;
    for await (const _record of readRecords(directory, kind)) lines++;
    if (lines !== manifest.counts[kind])
      throw refuse(`${kind}.jsonl has ${lines} records; ${MANIFEST} says ${manifest.counts[kind]}.`);
  }
  return manifest;
}

/** @throws TrackingRefused that names file and line of what is no JSON */
export async function* readRecords<K extends Kind>(directory: string, kind: K): AsyncGenerator<Records[K]> {
  const file = join(directory, `${kind}.jsonl`);
  if (!existsSync(file)) throw refuse(`${file} is missing.`);
  let number = 0;
  for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
    number++;
    if (line !== '') yield parse(line, `${file}, line ${number}`) as Records[K];
  }
}

function parse(text: string, where: string): object {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw refuse(`${where} is not JSON.`, { cause });
  }
  if (typeof value !== 'object' || value === null) throw refuse(`${where} holds no record.`);
  return value;
}

function refuse(message: string, options?: ErrorOptions): TrackingRefused {
  return new TrackingRefused('INVALID_PARAMETER_VALUE', message, options);
}
