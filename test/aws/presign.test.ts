import { signedUrl } from '../../lib/aws/presign';

describe('a presigned URL', () => {
  // The example of "Authenticating Requests: Using Query Parameters" in the Amazon S3 API reference.
  const example = {
    method: 'GET',
    bucket: 'examplebucket',
    key: 'test.txt',
    folder: 'https://examplebucket.s3.amazonaws.com',
    region: 'us-east-1',
    credentials: {
      accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
      secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
    },
    expiresInSeconds: 86_400,
    now: new Date('2013-05-24T00:00:00.000Z'),
  } as const;

  it("has the signature of Amazon's example", () => {
    expect(signedUrl(example)).toBe(
      'https://examplebucket.s3.amazonaws.com/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404',
    );
  });

  it('encodes keys part by part, and carries further parameters and a session', () => {
    const url = new URL(
      signedUrl({
        ...example,
        key: "a b/ü(1)'.txt",
        query: { partNumber: '2', uploadId: 'x/y' },
        credentials: { ...example.credentials, sessionToken: 'to/ken=' },
      }),
    );
    expect(url.pathname).toBe('/a%20b/%C3%BC%281%29%27.txt');
    expect(url.searchParams.get('uploadId')).toBe('x/y');
    expect(url.searchParams.get('X-Amz-Security-Token')).toBe('to/ken=');
  });
});
