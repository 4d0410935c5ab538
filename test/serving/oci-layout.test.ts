import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { extract } from 'tar';
import { ociImage, tarOf } from '../../lib/serving/oci-layout';
import { pushLayout } from '../../lib/serving/push-layout';

const files = [
  { path: 'opt/ml/model/MLmodel', body: Buffer.from('flavors:\n') },
  { path: 'opt/ml/model/model.onnx', body: Buffer.alloc(1500, 7) },
  { path: `opt/ml/${'long/'.repeat(25)}name.txt`, body: Buffer.from('x') },
];
const image = () =>
  ociImage({
    files,
    tags: ['v3', '20260301'],
    labels: { title: 'churn' },
    created: '2026-03-01T00:00:00.000Z',
  });
const sha256 = (bytes: Uint8Array) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
const blobOf = (digest: string) => image().files.get(`blobs/sha256/${digest.slice(7)}`)!;

describe('an OCI layout', () => {
  it('has what it names, under its checksum, and the same bytes each time', () => {
    const { digest, files: layout } = image();
    expect(image().digest).toBe(digest);
    for (const [path, body] of layout)
      if (path.startsWith('blobs/')) expect(`blobs/sha256/${sha256(body).slice(7)}`).toBe(path);
    const index = JSON.parse(layout.get('index.json')!.toString()) as {
      manifests: { digest: string; annotations: Record<string, string> }[];
    };
    expect(index.manifests.map((one) => one.annotations['org.opencontainers.image.ref.name'])).toEqual([
      'v3',
      '20260301',
    ]);
    const manifest = JSON.parse(blobOf(digest).toString()) as {
      config: { digest: string };
      layers: { digest: string; size: number }[];
    };
    const [layer] = manifest.layers;
    const config = JSON.parse(blobOf(manifest.config.digest).toString()) as {
      rootfs: { diff_ids: string[] };
    };
    expect(blobOf(layer!.digest)).toHaveLength(layer!.size);
    expect(config.rootfs.diff_ids).toEqual([sha256(gunzipSync(blobOf(layer!.digest)))]);
  });

  it('has a layer that tar unpacks', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'millrace-tar-'));
    writeFileSync(join(directory, 'layer.tar'), tarOf(files));
    await extract({ cwd: directory, file: join(directory, 'layer.tar'), strict: true });
    for (const { path, body } of files) expect(readFileSync(join(directory, path))).toEqual(body);
    rmSync(directory, { recursive: true, force: true });
  });
});

describe('a push', () => {
  const stored = new Map<string, Buffer>();
  const requests: string[] = [];
  let server: Server;
  let refuse = false;

  beforeAll(async () => {
    server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const url = new URL(request.url ?? '', 'http://registry');
        requests.push(`${request.method} ${url.pathname.replace(/sha256:\w+/, '<digest>')}`);
        const end = (status: number, headers: Record<string, string> = {}) => {
          response.writeHead(status, headers);
          response.end(status >= 400 ? 'denied' : '');
        };
        if (refuse) return end(403);
        if (request.method === 'HEAD')
          return end(stored.has(url.pathname.split('/').at(-1) ?? '') ? 200 : 404);
        if (request.method === 'POST') return end(202, { location: '/upload/1' });
        const body = Buffer.concat(chunks);
        const digest = url.searchParams.get('digest') ?? sha256(body);
        if (digest !== sha256(body)) return end(400);
        stored.set(url.pathname.includes('manifests') ? url.pathname : digest, body);
        return end(201, { 'docker-content-digest': digest });
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  const push = () =>
    pushLayout({
      repository: `http://127.0.0.1:${(server.address() as AddressInfo).port}/models/churn`,
      digest: image().digest,
      tags: ['v3', '20260301'],
      blob: async (digest) => blobOf(digest),
      signal: AbortSignal.timeout(5_000),
    });

  it('brings blobs that are missing, then the manifest under each tag', async () => {
    expect(await push()).toMatch(new RegExp(`/models/churn@${image().digest}$`));
    expect(stored.get('/v2/models/churn/manifests/v3')).toEqual(blobOf(image().digest));
    expect(stored.get('/v2/models/churn/manifests/20260301')).toEqual(blobOf(image().digest));
    requests.length = 0;
    await push();
    expect(requests.filter((request) => request.startsWith('POST'))).toEqual([]);
  });

  it('tells what the registry said', async () => {
    refuse = true;
    await expect(push()).rejects.toThrow(/answered 403 to the beginning of an upload: denied/);
  });
});
