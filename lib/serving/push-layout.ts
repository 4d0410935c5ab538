/** Pushes an OCI layout to a registry (distribution-spec 1.1): blobs that it lacks, then the manifest under each tag. */
import { createHash } from 'node:crypto';
import { authorizationFor, type RegistryLogin } from './registry-login';

export interface PushRequest {
  /** `https://<registry>/<repository>` */
  readonly repository: string;
  /** `sha256:…` of the manifest. */
  readonly digest: string;
  readonly tags: readonly string[];
  readonly blob: (digest: string) => Promise<Uint8Array>;
  readonly signal: AbortSignal;
  /** Name and password. @default the registry takes pushes from anybody */
  readonly login?: RegistryLogin | undefined;
}

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';

/** Returns the reference by digest. @throws Error that says what the registry answered */
export async function pushLayout(request: PushRequest): Promise<string> {
  const { repository, digest, blob } = request;
  const ask = registry(request);
  const { origin, host, pathname } = new URL(repository);
  const name = pathname.replace(/^\/+|\/+$/g, '');
  const base = `${origin}/v2/${name}`;
  const manifest = Buffer.from(await blob(digest));
  const { config, layers } = JSON.parse(manifest.toString('utf8')) as {
    config: { digest: string };
    layers: { digest: string }[];
  };
  for (const part of [config, ...layers]) await pushBlob(base, part.digest, blob, ask);
  for (const tag of request.tags) {
    const answer = await ask(`${base}/manifests/${tag}`, {
      method: 'PUT',
      headers: { 'content-type': MANIFEST },
      body: new Uint8Array(manifest),
    });
    await expectStatus(answer, [201], `the manifest under the tag ${tag}`);
    const stored = answer.headers.get('docker-content-digest') ?? digest;
    if (stored !== digest)
      throw new Error(`The registry ${host} stored the manifest as ${stored}; it is ${digest}.`);
  }
  return `${host}/${name}@${digest}`;
}

interface Sent {
  readonly method: 'HEAD' | 'POST' | 'PUT';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array<ArrayBuffer>;
}
type Ask = (url: string, sent: Sent) => Promise<Response>;

/** Logs in when the registry asks for it, and once more when the token has run out. */
function registry({ repository, login, signal }: PushRequest): Ask {
  const { host, origin } = new URL(repository);
  let authorization: string | undefined;
  return async (url, sent) => {
    const send = () =>
      fetch(url, {
        ...sent,
        headers: {
          ...sent.headers,
          // Where uploads go may be somebody else's.
          ...(authorization === undefined || new URL(url).origin !== origin ? {} : { authorization }),
        },
        signal,
      });
    const answer = await send();
    const challenge = answer.headers.get('www-authenticate');
    if (answer.status !== 401 || challenge === null) return answer;
    authorization = await authorizationFor(challenge, { host, login, signal });
    return send();
  };
}

async function pushBlob(base: string, digest: string, blob: PushRequest['blob'], ask: Ask): Promise<void> {
  const head = await ask(`${base}/blobs/${digest}`, { method: 'HEAD' });
  if (head.status === 200) return;
  const begun = await ask(`${base}/blobs/uploads/`, { method: 'POST' });
  await expectStatus(begun, [202], 'the beginning of an upload');
  const location = new URL(begun.headers.get('location') ?? '', begun.url);
  location.searchParams.set('digest', digest);
  const body = await blob(digest);
  const actual = `sha256:${createHash('sha256').update(body).digest('hex')}`;
  if (actual !== digest)
    throw new Error(`The blob ${digest} has the checksum ${actual}: it is damaged. Build the image again.`);
  const put = await ask(location.href, {
    method: 'PUT',
    headers: { 'content-type': 'application/octet-stream' },
    body: new Uint8Array(body),
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
