/**
 * Presigned URLs of S3: Signature Version 4 in the query string ("Authenticating Requests: Using Query Parameters" in the
 * Amazon S3 API reference). Nobody but the holder of the URL needs credentials, until it expires.
 */
import { s3Client } from './clients/s3';
import { signedUrl, type Presigning } from './sign-url';

export { signedUrl, type Presigning, type Signing } from './sign-url';

export async function presignedUrl(request: Presigning): Promise<string> {
  const { config } = s3Client();
  const [credentials, region] = await Promise.all([config.credentials(), config.region()]);
  const endpoint = process.env['AWS_ENDPOINT_URL'];
  const folder =
    endpoint === undefined
      ? `https://${request.bucket}.s3.${region}.amazonaws.com`
      : `${endpoint.replace(/\/$/, '')}/${request.bucket}`;
  return signedUrl({ ...request, folder, region, credentials, now: new Date() });
}
