/** Puts the project's sample data under `raw/` of the data bucket, unless the same bytes are there already. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { HeadObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { CliError, EXIT } from './cli-error';

export interface Upload {
  readonly key: string;
  readonly bytes: number;
  /** False when the object was up to date. */
  readonly uploaded: boolean;
}

export async function uploadData(projectRoot: string, file: string): Promise<Upload> {
  const path = join(projectRoot, 'data', file);
  let body: Buffer;
  try {
    body = readFileSync(path);
  } catch (cause) {
    throw new CliError(`The data file is missing: data/${file}.`, {
      code: EXIT.environment,
      where: path,
      remedy: `Restore it, e.g. \`git checkout data/${file}\`.`,
      cause,
    });
  }
  const sha256 = createHash('sha256').update(body).digest('hex');
  const key = `raw/${basename(file)}`;
  const bucket = process.env['MILLRACE_BUCKET'] ?? '';
  const client = new S3Client({});
  try {
    const existing = await client
      .send(new HeadObjectCommand({ Bucket: bucket, Key: key }))
      .catch((error: unknown) => {
        if (error instanceof Error && error.name === 'NotFound') return undefined;
        throw error;
      });
    if (existing?.Metadata?.['sha256'] === sha256) return { key, bytes: body.length, uploaded: false };
    await client.send(
      new PutObjectCommand({
        Bucket: bucket,
        Key: key,
        Body: body,
        ContentType: 'text/csv',
        Metadata: { sha256 },
      }),
    );
    return { key, bytes: body.length, uploaded: true };
  } finally {
    client.destroy();
  }
}
