/**
 * The local cloud with an endpoint of two versions, in a process of its own: `node --import tsx serving-ours.ts <folder>`.
 * Says `{url, folder}` when it answers, then does what comes line by line (`shift`, `back`, `log 0`, `end`), saying `{}` after each.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { s3Client } from '../../lib/aws/clients/s3';
import { resourceNames } from '../../lib/aws/environment';
import { ObjectStore } from '../../lib/aws/object-store';
import { synthesise } from '../../lib/cloud/synthesise';
import { startLocalCloud } from '../../lib/local/local-cloud';
import { deployVersion, rollbackEndpoint, setLogShare } from '../../lib/serving/change-endpoint';
import { registerCreditModel } from '../../test/support/registered-model';

const ROOT = resolve(__dirname, '../..');
const by = { by: 'bench', reason: 'bench' };

async function main(directory: string): Promise<void> {
  const pipelinesDir = join(directory, 'pipelines');
  const outdir = join(directory, 'cdk.out');
  mkdirSync(pipelinesDir, { recursive: true });
  await synthesise({ outdir, stage: 'dev', projectRoot: ROOT, pipelinesDir, validate: false });
  const cloud = await startLocalCloud({
    directory: join(directory, '.millrace'),
    projectRoot: ROOT,
    assembly: outdir,
  });
  Object.assign(process.env, cloud.environment, {
    MILLRACE_STAGE: 'dev',
    MILLRACE_BUCKET: 'millrace-dev-data-000000000000-us-east-1',
    MILLRACE_TRACKING_TABLE: 'millrace-dev-tracking',
    MILLRACE_ORCHESTRATION_TABLE: 'millrace-dev-orchestration',
    MILLRACE_BUS: 'millrace-dev',
  });
  const { folder } = await registerCreditModel('credit');
  await registerCreditModel('credit', { rows: 600 });
  const deploy = (version: string, share: number) =>
    deployVersion({
      ...by,
      endpoint: 'bench',
      model: 'credit',
      version,
      strategy:
        share === 1 ? { kind: 'all-at-once' } : { kind: 'canary', percent: 100 * share, seconds: 3600 },
    });
  await deploy('1', 1);
  // The same folder for the peers.
  const objects = new ObjectStore(s3Client(), resourceNames().bucket);
  const model = join(directory, 'model');
  for (const { key } of await objects.list(folder)) {
    const file = join(model, key.slice(folder.length));
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, await objects.getBytes(key));
  }
  const say = (value: object) => void process.stdout.write(`${JSON.stringify(value)}\n`);
  const url = `${cloud.url}/_api/millrace-dev-serving/endpoints/bench/predict`;
  say({ url, folder: model, bytes: readFileSync(join(model, 'model.onnx')).length });
  for await (const line of createInterface({ input: process.stdin })) {
    const [command = '', argument = ''] = line.split(' ');
    if (command === 'shift') await deploy('2', 0.5);
    else if (command === 'back') await rollbackEndpoint({ ...by, endpoint: 'bench' });
    else if (command === 'log') await setLogShare({ ...by, endpoint: 'bench', logShare: Number(argument) });
    else break;
    say({});
  }
  await cloud.stop();
}

void main(process.argv[2] ?? '');
