/**
 * An OCI image of files, without a container engine (image-spec 1.1: image layout, manifest, config). The same files give
 * the same bytes: times are zero and the order is that of the names.
 */
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';

export interface ImageFile {
  /** Absolute, without the leading slash. */
  readonly path: string;
  readonly body: Uint8Array;
}

export interface OciImage {
  /** Of the manifest. */
  readonly digest: string;
  /** Files of the layout by path. */
  readonly files: ReadonlyMap<string, Buffer>;
}

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

export function ociImage(image: {
  readonly files: readonly ImageFile[];
  /** Names under which the layout lists it. */
  readonly tags: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  /** ISO instant. */
  readonly created: string;
}): OciImage {
  const files = new Map<string, Buffer>();
  const blob = (mediaType: string, body: Buffer): Descriptor => {
    const hash = createHash('sha256').update(body).digest('hex');
    files.set(`blobs/sha256/${hash}`, body);
    return { mediaType, digest: `sha256:${hash}`, size: body.length };
  };
  const json = (value: unknown) => Buffer.from(JSON.stringify(value));
  const layer = tarOf(image.files);
  const layerBlob = blob('application/vnd.oci.image.layer.v1.tar+gzip', gzipSync(layer, { level: 9 }));
  const config = blob(
    'application/vnd.oci.image.config.v1+json',
    json({
      created: image.created,
      architecture: 'amd64',
      os: 'linux',
      config: { Labels: image.labels },
      rootfs: {
        type: 'layers',
        diff_ids: [`sha256:${createHash('sha256').update(layer).digest('hex')}`],
      },
      history: [{ created: image.created, created_by: 'COPY model /opt/ml/model' }],
    }),
  );
  const manifest = blob(
    'application/vnd.oci.image.manifest.v1+json',
    json({
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      config,
      layers: [layerBlob],
      annotations: image.labels,
    }),
  );
  files.set('oci-layout', json({ imageLayoutVersion: '1.0.0' }));
  files.set(
    'index.json',
    json({
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.index.v1+json',
      manifests: image.tags.map((tag) => ({
        ...manifest,
        annotations: { 'org.opencontainers.image.ref.name': tag },
      })),
    }),
  );
  return { digest: manifest.digest, files };
}

/** A tar archive in the ustar format (POSIX.1-1988) of plain files and their folders. @throws Error for a path that is too long */
export function tarOf(given: readonly ImageFile[]): Buffer {
  const sorted = [...given].sort((a, b) => (a.path < b.path ? -1 : 1));
  const folders = new Set(
    sorted.flatMap(({ path }) => {
      const parts = path.split('/').slice(0, -1);
      return parts.map((_, i) => `${parts.slice(0, i + 1).join('/')}/`);
    }),
  );
  const blocks = [...folders].sort().map((path) => header(path, 0, '5', 0o755));
  for (const { path, body } of sorted) {
    blocks.push(header(path, body.length, '0', 0o644), Buffer.from(body));
    blocks.push(Buffer.alloc((512 - (body.length % 512)) % 512));
  }
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

function header(path: string, size: number, type: '0' | '5', mode: number): Buffer {
  const block = Buffer.alloc(512);
  const [prefix, name] = nameParts(path);
  const octal = (value: number, length: number) => `${value.toString(8).padStart(length - 1, '0')}\0`;
  block.write(name, 0, 'utf8');
  block.write(octal(mode, 8), 100);
  block.write(octal(0, 8), 108);
  block.write(octal(0, 8), 116);
  block.write(octal(size, 12), 124);
  block.write(octal(0, 12), 136);
  block.write('        ', 148);
  block.write(type, 156);
  block.write('ustar', 257);
  block.write('00', 263);
  block.write(prefix, 345, 'utf8');
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

/** The name has 100 bytes, what comes before it 155. */
function nameParts(path: string): readonly [string, string] {
  if (Buffer.byteLength(path) <= 100) return ['', path];
  const cut = path.indexOf('/', path.length - 101);
  const [prefix, name] = [path.slice(0, cut), path.slice(cut + 1)];
  if (cut < 0 || Buffer.byteLength(prefix) > 155 || Buffer.byteLength(name) > 100)
    throw new Error(`The path ${path} is too long for a tar archive of the ustar format.`);
  return [prefix, name];
}
