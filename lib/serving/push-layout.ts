/** Pushes an OCI layout to a registry (distribution-spec 1.1): blobs that it lacks, then the manifest under each tag. */
import { createHash } from 'node:crypto';

export interface PushRequest {
  /** `https://<registry>/<repository>` */
  readonly repository: string;
  /** `sha256:…` of the manifest. */
  readonly digest: string;
  readonly tags: readonly string[];
  readonly blob: (digest: string) => Promise<Uint8Array>;
  readonly signal: AbortSignal;
}

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';

/** Returns the reference by digest. @throws Error that says what the registry answered */
export async function pushLayout(request: PushRequest): Promise<string> {
  const { repository, digest, blob, signal } = request;
  const { origin, host, pathname } = new URL(repository);
  const name = pathname.replace(/^\/+|\/+$/g, '');
  const base = `${origin}/v2/${name}`;
  const manifest = Buffer.from(await blob(digest));
  const { config, layers } = JSON.parse(manifest.toString('utf8')) as {
    config: { digest: string };
    layers: { digest: string }[];
  };
  for (const part of [config, ...layers]) await pushBlob(base, part.digest, blob, signal);
  for (const tag of request.tags) {
    const answer = await fetch(`${base}/manifests/${tag}`, {
      method: 'PUT',
      headers: { 'content-type': MANIFEST },
      body: new Uint8Array(manifest),
      signal,
    });
    await expectStatus(answer, [201], `the manifest under the tag ${tag}`);
    const stored = answer.headers.get('docker-content-digest') ?? digest;
    if (stored !== digest)
      throw new Error(`The registry ${host} stored the manifest as ${stored}; it is ${digest}.`);
  }
  return `${host}/${name}@${digest}`;
}

async function pushBlob(
  base: string,
  digest: string,
  blob: PushRequest['blob'],
  signal: AbortSignal,
): Promise<void> {
  const head = await fetch(`${base}/blobs/${digest}`, { method: 'HEAD', signal });
  if (head.status === 200) return;
  const begun = await fetch(`${base}/blobs/uploads/`, { method: 'POST', signal });
  await expectStatus(begun, [202], 'the beginning of an upload');
  const location = new URL(begun.headers.get('location') ?? '', begun.url);
  location.searchParams.set('digest', digest);
  const body = await blob(digest);
  const actual = `sha256:${createHash('sha256').update(body).digest('hex')}`;
  if (actual !== digest)
    throw new Error(`The blob ${digest} has the checksum ${actual}: it is damaged. Build the image again.`);
  const put = await fetch(location, {
    method: 'PUT',
    headers: { 'content-type': 'application/octet-stream' },
    body: new Uint8Array(body),
    signal,
  });
  await expectStatus(put, [201], `the blob ${digest}`);
}

async function expectStatus(answer: Response, wanted: readonly number[], what: string): Promise<void> {
  if (wanted.includes(answer.status)) return;
  const text = (await answer.text()).slice(0, 300);
  throw new Error(
    `The registry ${new URL(answer.url).host} answered ${answer.status} to ${what}: ${text || 'nothing more'}.`,
  );
}
