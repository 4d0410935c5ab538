/** A local cloud with the function for models of Python, as the core stack has it. */
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { s3Client } from '../../lib/aws/clients/s3';
import { ObjectStore } from '../../lib/aws/object-store';
import { PYTHON_ENTRY } from '../../lib/cloud/bundle-python';
import { bundlePythonModels } from '../../lib/cloud/bundle-python-models';
import { startLocalCloud } from '../../lib/local/local-cloud';
import { createVersion } from '../../lib/tracking/model-versions';
import { RESOURCES } from './python-functions';
import { tableResource } from './table-template';

const ROOT = join(__dirname, '..', '..');

export interface PythonModelsCloud {
  readonly objects: ObjectStore;
  /** Registers a folder of this machine as a version of a model. */
  register(name: string, folder: string): Promise<string>;
  stop(): Promise<void>;
}

export async function startPythonModelsCloud({ withFunction = true } = {}): Promise<PythonModelsCloud> {
  const base = mkdtempSync(join(tmpdir(), 'millrace-models-'));
  const before = { ...process.env };
  const assembly = join(base, 'assembly');
  mkdirSync(assembly);
  const made = await bundlePythonModels({
    projectRoot: ROOT,
    outdir: join(base, 'bundle'),
    architecture: 'arm64',
    placeholder: true,
  });
  renameSync((made as { directory: string }).directory, join(assembly, 'asset.models'));
  const Resources = {
    Bucket: { Type: 'AWS::S3::Bucket', Properties: { BucketName: RESOURCES.MILLRACE_BUCKET } },
    Tracking: tableResource(RESOURCES.MILLRACE_TRACKING_TABLE),
    Orchestration: tableResource(RESOURCES.MILLRACE_ORCHESTRATION_TABLE),
    ...(withFunction
      ? {
          Models: {
            Type: 'AWS::Lambda::Function',
            Properties: {
              FunctionName: 'millrace-test-serve-python',
              Runtime: 'python3.13',
              Handler: PYTHON_ENTRY,
              Role: 'arn:aws:iam::000000000000:role/models',
              Timeout: 28,
              MemorySize: 1769,
              Code: { S3Key: 'models.zip' },
              LoggingConfig: { LogGroup: '/test/models' },
              Environment: { Variables: RESOURCES },
            },
          },
        }
      : {}),
  };
  writeFileSync(
    join(assembly, 'manifest.json'),
    JSON.stringify({
      artifacts: { test: { type: 'aws:cloudformation:stack', properties: { templateFile: 'test.json' } } },
    }),
  );
  writeFileSync(join(assembly, 'test.json'), JSON.stringify({ Resources }));
  const cloud = await startLocalCloud({ directory: join(base, '.millrace'), assembly, projectRoot: ROOT });
  Object.assign(process.env, cloud.environment, RESOURCES);
  const objects = new ObjectStore(s3Client(), RESOURCES.MILLRACE_BUCKET);
  let count = 0;
  return {
    objects,
    async register(name, folder) {
      const prefix = `artifacts/1/${name}-${++count}/model/`;
      for (const path of filesIn(folder))
        await objects.putBytes(`${prefix}${relative(folder, path)}`, readFileSync(path));
      const { version } = await createVersion({
        name,
        source: objects.uri(prefix),
        runId: '',
        by: 'test',
        idempotencyKey: prefix,
      });
      return version;
    },
    async stop() {
      await cloud.stop();
      for (const key of Object.keys(process.env)) if (!(key in before)) delete process.env[key];
      Object.assign(process.env, before);
      rmSync(base, { recursive: true, force: true });
    },
  };
}

function filesIn(folder: string): string[] {
  return readdirSync(folder)
    .map((name) => join(folder, name))
    .flatMap((path) => (statSync(path).isDirectory() ? filesIn(path) : [path]));
}
