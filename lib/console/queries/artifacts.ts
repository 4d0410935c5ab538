/** Artifacts of tracked runs and reports of tasks: what there is, and what can be shown of it. */
import { parquetMetadataAsync, parquetReadObjects, parquetSchema } from 'hyparquet';
import { s3Client } from '../../aws/clients/s3';
import { resourceNames } from '../../aws/environment';
import { ObjectStore } from '../../aws/object-store';
import { checkedPath, locate } from '../../mlflow/artifact-uris';
import { contentTypeOf } from '../../mlflow/content-types';
import type { HttpResponse } from '../../mlflow/http';
import { readRunDocument } from '../../tracking/run-document';
import type { ArtifactList, ArtifactPreview } from '../views/tracking';
import { signatureIn } from './model-card';
import { ConsoleError, notFound } from '../console-error';
import { FILE_HEADERS } from '../security';

/** What is shown of a text, or read of a table. */
const MAX_TEXT = 200_000;
const MAX_TABLE = 20_000_000;
const ROWS = 50;
/** An answer of a function has at most 6 MB, in base64. */
const MAX_FILE = 4_400_000;

const IMAGES = /\.(?:png|jpe?g|gif|svg)$/i;

export async function listArtifacts(runId: string, path: string): Promise<ArtifactList> {
  const { store, key } = locate((await readRunDocument(runId)).artifactUri);
  const folder = checkedPath(path);
  const entries = await store.listFolder(folder === '' ? key : `${key}/${folder}`);
  return {
    path: folder,
    files: entries.map((entry) => ({
      path: folder === '' ? entry.name : `${folder}/${entry.name}`,
      folder: entry.folder,
      bytes: entry.bytes,
    })),
  };
}

export async function previewArtifact(runId: string, path: string): Promise<ArtifactPreview> {
  const file = await find(runId, path);
  const { bytes } = file;
  if (IMAGES.test(path)) return { path, bytes, kind: 'image', truncated: false };
  if (/\.html?$/i.test(path)) return { path, bytes, kind: 'html', truncated: false };
  if (/\.parquet$/i.test(path) && bytes <= MAX_TABLE) return parquetHead(path, await file.read());
  const type = contentTypeOf(path);
  if (!type.startsWith('text/')) return { path, bytes, kind: 'binary', truncated: bytes > 0 };
  const content = await file.read(`bytes=0-${MAX_TEXT - 1}`);
  const text = Buffer.from(content).toString('utf8');
  const truncated = bytes > MAX_TEXT;
  if (/\.[ct]sv$/i.test(path)) return delimitedHead(path, bytes, text, truncated);
  const signature = path.split('/').at(-1) === 'MLmodel' ? signatureIn(text) : null;
  return { path, bytes, kind: 'text', text, truncated, ...(signature === null ? {} : { signature }) };
}

/** The bytes themselves, under a policy of their own. */
export async function readArtifact(runId: string, path: string): Promise<HttpResponse> {
  const file = await find(runId, path);
  return fileAnswer(path, file.bytes, file.read);
}

/** @param key of a report: `reports/<pipeline>/<run id>/<task>/<hash>.html` */
export async function readReport(key: string): Promise<HttpResponse> {
  const plain = checkedPath(key);
  if (!plain.startsWith('reports/')) throw notFound(`report '${key}'`, 'Reports lie under reports/.');
  const store = new ObjectStore(s3Client(), resourceNames().bucket);
  const head = await store.head(plain);
  if (head === undefined) throw notFound(`report '${key}'`, 'It was removed, or its run is gone.');
  return fileAnswer(plain, head.bytes, async () => store.getBytes(plain));
}

async function fileAnswer(
  path: string,
  bytes: number,
  read: () => Promise<Uint8Array>,
): Promise<HttpResponse> {
  if (bytes > MAX_FILE)
    throw new ConsoleError(
      413,
      `The file has ${bytes} bytes; the console shows up to ${MAX_FILE}.`,
      'Get it with an MLflow client: mlflow.artifacts.download_artifacts.',
    );
  const shown = IMAGES.test(path) || /\.html?$/i.test(path);
  const type = contentTypeOf(path);
  return {
    status: 200,
    headers: {
      ...FILE_HEADERS,
      'content-type': type,
      'cache-control': 'private, max-age=60',
      ...(shown
        ? {}
        : {
            'content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent(path.split('/').at(-1) ?? 'file')}`,
          }),
    },
    body: await read(),
  };
}

async function find(
  runId: string,
  path: string,
): Promise<{ readonly bytes: number; readonly read: (range?: string) => Promise<Uint8Array> }> {
  const { store, key } = locate((await readRunDocument(runId)).artifactUri);
  const place = `${key}/${checkedPath(path)}`;
  const head = await store.head(place);
  if (head === undefined)
    throw notFound(`artifact '${path}' of run ${runId}`, 'See the list of its artifacts.');
  return {
    bytes: head.bytes,
    read: async (range) => {
      if (head.bytes === 0) return new Uint8Array();
      if (range === undefined) return store.getBytes(place);
      const { body } = await store.read(place, range);
      const chunks: Buffer[] = [];
      for await (const chunk of body) chunks.push(chunk as Buffer);
      return Buffer.concat(chunks);
    },
  };
}

async function parquetHead(path: string, bytes: Uint8Array): Promise<ArtifactPreview> {
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
  const metadata = await parquetMetadataAsync(file);
  const total = metadata.num_rows;
  const rows = await parquetReadObjects({ file, rowStart: 0, rowEnd: Math.min(ROWS, Number(total)) });
  // A table without rows has columns too.
  const columns = parquetSchema(metadata).children.map(({ element }) => element.name);
  return {
    path,
    bytes: bytes.byteLength,
    kind: 'table',
    columns,
    rows: rows.map((row) => columns.map((name) => cellOf(row[name]))),
    truncated: Number(total) > ROWS,
  };
}

/** The first rows, of which one more than is shown is read; quoted cells may hold the separator and line breaks (RFC 4180). */
function delimitedHead(path: string, bytes: number, text: string, cut: boolean): ArtifactPreview {
  const separator = /\.tsv$/i.test(path) ? '\t' : ',';
  const records: string[][] = [];
  let cells: string[] = [];
  let cell = '';
  let quoted = false;
  for (let i = 0; i < text.length && records.length <= ROWS + 1; i++) {
    const c = text[i] ?? '';
    if (quoted) {
      if (c === '"' && text[i + 1] === '"') cell += text[++i] ?? '';
      else if (c === '"') quoted = false;
      else cell += c;
    } else if (c === '"') quoted = true;
    else if (c === separator || c === '\n') {
      cells.push(cell);
      cell = '';
      if (c === '\n') {
        records.push(cells);
        cells = [];
      }
    } else if (c !== '\r') cell += c;
  }
  if (records.length <= ROWS + 1 && (cell !== '' || cells.length > 0)) records.push([...cells, cell]);
  const [columns = [], ...rows] = records;
  return {
    path,
    bytes,
    kind: 'table',
    columns,
    rows: rows.slice(0, ROWS),
    truncated: cut || rows.length > ROWS,
  };
}

function cellOf(value: unknown): string | number | boolean | null {
  if (value === null || value === undefined) return null;
  if (typeof value === 'bigint') return Number(value);
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (value instanceof Date) return value.toISOString();
  return typeof value === 'string' || typeof value === 'boolean' ? value : JSON.stringify(value);
}
