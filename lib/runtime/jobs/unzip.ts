/** Unpacks an archive as `cdk deploy` uploads it: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, normalize, sep } from 'node:path';
import { inflateRawSync } from 'node:zlib';

const END = 0x06054b50;
const ENTRY = 0x02014b50;
const END_BYTES = 22;
const LOCAL_BYTES = 30;
const ENTRY_BYTES = 46;
const DEFLATED = 8;

/** @throws Error for what is no archive, or leads out of the folder */
export async function unzip(archive: Buffer, folder: string): Promise<void> {
  let end = archive.length - END_BYTES;
  while (end >= 0 && archive.readUInt32LE(end) !== END) end--;
  if (end < 0) throw new Error('The archive has no end: it was not fetched whole, or is none.');
  const count = archive.readUInt16LE(end + 10);
  let at = archive.readUInt32LE(end + 16);
  for (let i = 0; i < count; i++) {
    if (archive.readUInt32LE(at) !== ENTRY) throw new Error('The directory of the archive is damaged.');
    const [nameBytes, extraBytes, commentBytes] = [28, 30, 32].map((offset) =>
      archive.readUInt16LE(at + offset),
    );
    const method = archive.readUInt16LE(at + 10);
    const size = archive.readUInt32LE(at + 20);
    const header = archive.readUInt32LE(at + 42);
    const name = archive.toString('utf8', at + ENTRY_BYTES, at + ENTRY_BYTES + (nameBytes ?? 0));
    at += ENTRY_BYTES + (nameBytes ?? 0) + (extraBytes ?? 0) + (commentBytes ?? 0);
    const path = join(folder, name);
    if (!path.startsWith(normalize(folder) + sep)) throw new Error(`'${name}' leads out of the archive.`);
    if (name.endsWith('/')) continue;
    const start =
      header + LOCAL_BYTES + archive.readUInt16LE(header + 26) + archive.readUInt16LE(header + 28);
    const packed = archive.subarray(start, start + size);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, method === DEFLATED ? inflateRawSync(packed) : packed);
  }
}
