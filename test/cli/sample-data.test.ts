/** A run on a fresh clone finds its data; what somebody uploaded stays. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { s3Client } from '../../lib/aws/clients/s3';
import { ObjectStore } from '../../lib/aws/object-store';
import { uploadSamples } from '../../lib/cli/sample-data';
import { join as joined, pipeline, z } from '../../lib';
import { startLocalAws, type LocalAws } from '../support/local-aws';

let aws: LocalAws;
let objects: ObjectStore;
const root = mkdtempSync(join(tmpdir(), 'millrace-samples-'));
const before = process.env['MILLRACE_BUCKET'];

beforeAll(async () => {
  aws = await startLocalAws();
  process.env['MILLRACE_BUCKET'] = 'millrace-test-data';
  objects = new ObjectStore(s3Client(), 'millrace-test-data');
  mkdirSync(join(root, 'data'));
  for (const file of ['a.csv', 'b.csv']) writeFileSync(join(root, 'data', file), `of the project: ${file}`);
});
afterAll(async () => {
  if (before === undefined) delete process.env['MILLRACE_BUCKET'];
  else process.env['MILLRACE_BUCKET'] = before;
  await aws.stop();
  rmSync(root, { recursive: true, force: true });
});

const { model } = pipeline(
  {
    id: 'reads',
    description: 'Reads files.',
    params: z.object({
      source: z.string().default('raw/a.csv'),
      more: z.string().default('raw/elsewhere/a.csv'),
      rows: z.number().default(1),
    }),
  },
  () => void joined('start'),
);
const keys = async (params = {}) => (await uploadSamples(root, model, params)).map(({ key }) => key);

describe('uploadSamples', () => {
  it('uploads what a default names, once, and leaves folders and numbers alone', async () => {
    expect(await keys()).toEqual(['raw/a.csv']);
    expect(await objects.getText('raw/a.csv')).toBe('of the project: a.csv');
    expect(await keys()).toEqual([]);
  });

  it('uploads what a param names instead', async () => {
    expect(await keys({ source: 'raw/b.csv' })).toEqual(['raw/b.csv']);
  });

  it('leaves what is there, and what the project has not', async () => {
    await objects.putBytes('raw/a.csv', 'mine');
    expect(await keys()).toEqual([]);
    expect(await objects.getText('raw/a.csv')).toBe('mine');
    expect(await keys({ source: 'raw/c.csv' })).toEqual([]);
  });
});
