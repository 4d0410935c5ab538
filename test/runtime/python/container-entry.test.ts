/** The text that `python -c` runs in a container, as in an account: it fetches the archive of the handler from S3. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { z } from 'zod';
import { bundlePython } from '../../../lib/cloud/bundle-python';
import { pythonEntry } from '../../../lib/cloud/python-entry';
import { pythonPartOf } from '../../../lib/dsl/python-task';
import type { HandlerInput, HandlerOutput } from '../../../lib/model/job';
import { contract } from '../../../lib/tasks/contract';
import { startTestCloud, type TestCloud } from '../../support/local-cloud';
import { describeWithPython, RESOURCES } from '../../support/python-functions';
import { taskEvent } from '../../support/task-event';

const PYTHON = process.env['MILLRACE_PYTHON'] ?? 'python3';
const HANDLER = `from doubling import twice


def run(input, context):
    print("in the container")
    if input["rows"] < 0:
        raise ValueError("too few rows")
    return {"doubled": twice(input["rows"]), "left": context.remaining_ms() > 0}
`;
const TEMPLATE = {
  Resources: {
    Bucket: { Type: 'AWS::S3::Bucket', Properties: { BucketName: RESOURCES.MILLRACE_BUCKET } },
    Table: {
      Type: 'AWS::DynamoDB::Table',
      Properties: {
        TableName: RESOURCES.MILLRACE_ORCHESTRATION_TABLE,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: ['pk', 'sk'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
        KeySchema: [
          { AttributeName: 'pk', KeyType: 'HASH' },
          { AttributeName: 'sk', KeyType: 'RANGE' },
        ],
      },
    },
  },
};

describeWithPython('a handler in Python in a container', () => {
  const base = mkdtempSync(join(tmpdir(), 'millrace-entry-'));
  let cloud: TestCloud;
  let s3: S3Client;
  const Bucket = RESOURCES.MILLRACE_BUCKET;
  const uri = (key: string): string => `s3://${Bucket}/${key}`;

  beforeAll(async () => {
    cloud = await startTestCloud(TEMPLATE);
    s3 = new S3Client({ ...cloud.client, forcePathStyle: true });
    mkdirSync(join(base, 'lambdas', 'double'), { recursive: true });
    writeFileSync(join(base, 'lambdas', 'double', 'handler.py'), HANDLER);
    const { python } = pythonPartOf(
      contract({
        name: 'double',
        summary: 'Doubles.',
        runtime: 'python',
        input: z.object({ rows: z.int() }),
        output: z.object({ doubled: z.int(), left: z.boolean() }),
      }),
      undefined,
    );
    if (python === undefined) throw new Error('It is Python.');
    const { bundles } = await bundlePython({
      projectRoot: base,
      outdir: join(base, 'bundles'),
      architecture: 'arm64',
      handlers: [{ handler: 'lambdas/double', contracts: { double: python } }],
    });
    const directory = bundles[0]?.directory ?? '';
    mkdirSync(join(directory, 'packages'));
    writeFileSync(join(directory, 'packages', 'doubling.py'), 'def twice(n):\n    return 2 * n\n');
    const script = `import shutil, sys; shutil.make_archive(sys.argv[1], "zip", sys.argv[2])`;
    spawnSync(PYTHON, ['-c', script, join(base, 'bundle'), directory]);
    await s3.send(
      new PutObjectCommand({ Bucket, Key: 'assets/a.zip', Body: readFileSync(join(base, 'bundle.zip')) }),
    );
  }, 30_000);
  afterAll(async () => {
    s3.destroy();
    await cloud.remove();
    rmSync(base, { recursive: true, force: true });
  });

  async function run(
    runId: string,
    rows: number,
  ): Promise<{ code: number; said: string; output: HandlerOutput }> {
    const input: HandlerInput = {
      event: taskEvent({ task: 'double', runId, input: { rows } }),
      bundle: uri('assets/a.zip'),
      environment: { ...RESOURCES, MILLRACE_CODE_HASH: 'c0de', MILLRACE_CONTRACT: 'double' },
      job: 'millrace-double-1',
      timeoutSeconds: 60,
      memoryMb: 512,
    };
    await s3.send(new PutObjectCommand({ Bucket, Key: `${runId}/input.json`, Body: JSON.stringify(input) }));
    const child = spawn(PYTHON, ['-u', '-c', pythonEntry()], {
      env: {
        PATH: process.env['PATH'],
        ...cloud.environment,
        MILLRACE_INPUT_URI: uri(`${runId}/input.json`),
        MILLRACE_OUTPUT_URI: uri(`${runId}/output.json`),
      },
    });
    let said = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (text: Buffer) => (said += text.toString()));
    const code = await new Promise<number>((resolve) => child.on('close', (ended) => resolve(ended ?? -1)));
    const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key: `${runId}/output.json` }));
    return { code, said, output: JSON.parse((await Body?.transformToString()) ?? '') as HandlerOutput };
  }

  it('runs from its archive, with the packages that lie in it, and leaves its result', async () => {
    const { code, said, output } = await run('run-1', 21);
    expect([code, output]).toEqual([0, { result: { status: 'success', out: { doubled: 42, left: true } } }]);
    expect(said).toContain('in the container');
  }, 20_000);

  it('leaves its error under its name, and ends with a code that says so', async () => {
    const { code, output } = await run('run-2', -1);
    expect([code, output]).toEqual([1, { error: { name: 'ValueError', message: 'too few rows' } }]);
  }, 20_000);
});
