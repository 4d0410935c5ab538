import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import { signedUrl } from '../../lib/aws/sign-url';

/** What the signer of the SDK wants of a hash. */
class Sha256 {
  private hash: Hash | Hmac;
  constructor(private readonly secret?: string | ArrayBuffer | ArrayBufferView) {
    this.hash = this.fresh();
  }
  update(data: string | Uint8Array): void {
    this.hash.update(data);
  }
  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.hash.digest());
  }
  reset(): void {
    this.hash = this.fresh();
  }
  private fresh(): Hash | Hmac {
    return this.secret === undefined
      ? createHash('sha256')
      : createHmac('sha256', this.secret as unknown as Uint8Array);
  }
}

describe('a signed URL', () => {
  it('of STS, by which a cluster of EKS knows a role, is that of the signer of the SDK', async () => {
    const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret', sessionToken: 'to/ken=' };
    const now = new Date('2026-11-21T06:00:00Z');
    const host = 'sts.eu-central-1.amazonaws.com';
    const ours = new URL(
      signedUrl({
        method: 'GET',
        service: 'sts',
        folder: `https://${host}`,
        bucket: '',
        key: '',
        query: { Action: 'GetCallerIdentity', Version: '2011-06-15' },
        headers: { 'x-k8s-aws-id': 'analytics' },
        expiresInSeconds: 60,
        region: 'eu-central-1',
        credentials,
        now,
      }),
    );
    const signer = new SignatureV4({
      service: 'sts',
      region: 'eu-central-1',
      credentials,
      sha256: Sha256 as never,
    });
    const theirs = await signer.presign(
      {
        method: 'GET',
        protocol: 'https:',
        hostname: host,
        path: '/',
        query: { Action: 'GetCallerIdentity', Version: '2011-06-15' },
        headers: { host, 'x-k8s-aws-id': 'analytics' },
      },
      { signingDate: now, expiresIn: 60, unhoistableHeaders: new Set(['x-k8s-aws-id']) },
    );
    expect(Object.fromEntries(ours.searchParams)).toEqual(theirs.query);
  });
});
