/** Python handlers as functions of a local cloud: bundled as for deployment, invoked over the wire. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import type { z } from 'zod';
import { bundlePython, PYTHON_ENTRY } from '../../lib/cloud/bundle-python';
import { pythonPartOf } from '../../lib/dsl/python-task';
import { startLocalCloud, type LocalCloud } from '../../lib/local/local-cloud';
import type { Guest } from '../../lib/local/service';
import type { TaskEvent } from '../../lib/model/envelope';
import { contract } from '../../lib/tasks/contract';
import { tableResource } from './table-template';

const PYTHON = process.env['MILLRACE_PYTHON'] ?? 'python3';

/** Why tests with Python cannot run here; nothing when they can. */
export function pythonMissing(...modules: readonly string[]): string | undefined {
  const code = `import sys; assert sys.version_info >= (3, 10), sys.version${modules.map((name) => `; import ${name}`).join('')}`;
  const found = spawnSync(PYTHON, ['-c', code], { encoding: 'utf8' });
  if (found.error !== undefined) return `there is no ${PYTHON} here`;
  return found.status === 0 ? undefined : `${PYTHON}: ${found.stderr.trim().split('\n').at(-1) ?? ''}`;
}

/** `describe`, or a skip that says why; a failure for the commands that bring the packages (`npm run check:python`). */
export function describeWithPython(name: string, body: () => void, ...modules: readonly string[]): void {
  const missing = pythonMissing(...modules);
  if (missing === undefined) describe(name, body);
  else if (process.env['MILLRACE_PYTHON_TESTS'] === 'required')
    it(name, () => {
      throw new Error(missing);
    });
  else describe.skip(`${name} (skipped: ${missing})`, body);
}

export interface PythonFunction {
  readonly input: z.ZodType;
  readonly output: z.ZodType;
  readonly skips?: boolean;
  /** Files of its folder. */
  readonly files: Readonly<Record<string, string>>;
  readonly tracking?: 'required' | 'best-effort';
  readonly timeoutSeconds?: number;
  readonly environment?: Readonly<Record<string, string>>;
}

export interface Invoked {
  readonly error?: { readonly errorType: string; readonly errorMessage: string };
  readonly value: unknown;
}

export interface PythonCloud extends LocalCloud {
  invoke(name: string, event: TaskEvent | object): Promise<Invoked>;
  remove(): Promise<void>;
}

export const RESOURCES = {
  MILLRACE_STAGE: 'test',
  MILLRACE_BUCKET: 'millrace-test-data',
  MILLRACE_TRACKING_TABLE: 'millrace-test-tracking',
  MILLRACE_ORCHESTRATION_TABLE: 'millrace-test-orchestration',
  MILLRACE_BUS: 'millrace-test',
};

export async function startPythonCloud(
  functions: Readonly<Record<string, PythonFunction>>,
  guests: readonly Guest[] = [],
): Promise<PythonCloud> {
  const base = mkdtempSync(join(tmpdir(), 'millrace-python-'));
  for (const [name, { files }] of Object.entries(functions))
    for (const [file, text] of Object.entries(files)) {
      const path = join(base, 'lambdas', name, file);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
    }
  const { bundles, failures } = await bundlePython({
    projectRoot: base,
    outdir: join(base, 'bundles'),
    architecture: 'arm64',
    placeholder: true,
    handlers: Object.entries(functions).map(([name, { input, output, skips = false }]) => {
      const { python } = pythonPartOf(
        contract({ name, summary: 'For tests.', input, output, skips, runtime: 'python' }),
        undefined,
      );
      if (python === undefined) throw new Error('It is Python.');
      return { handler: `lambdas/${name}`, contracts: { [name]: python } };
    }),
  });
  if (failures[0] !== undefined) throw new Error(failures[0].message);
  const assembly = join(base, 'assembly');
  mkdirSync(assembly);
  const lambdas = bundles.map(({ handler, directory }) => {
    const name = handler.replace('lambdas/', '');
    const { tracking, timeoutSeconds = 30, environment } = functions[name] ?? {};
    return [
      name.replaceAll('-', ''),
      {
        Type: 'AWS::Lambda::Function',
        Properties: {
          FunctionName: name,
          Runtime: 'python3.13',
          Handler: PYTHON_ENTRY,
          Role: 'arn:aws:iam::000000000000:role/task',
          Timeout: timeoutSeconds,
          MemorySize: 512,
          Code: { S3Key: directory },
          LoggingConfig: { LogGroup: `/test/${name}` },
          Environment: {
            Variables: {
              ...RESOURCES,
              MILLRACE_CONTRACT: name,
              MILLRACE_CODE_HASH: 'c0de',
              ...(tracking === undefined
                ? {}
                : { MILLRACE_TRACKING: tracking, MLFLOW_TRACKING_URI: 'of the template' }),
              ...environment,
            },
          },
        },
      },
    ] as const;
  });
  writeFileSync(
    join(assembly, 'manifest.json'),
    JSON.stringify({
      artifacts: { test: { type: 'aws:cloudformation:stack', properties: { templateFile: 'test.json' } } },
    }),
  );
  const template = {
    Resources: {
      Bucket: { Type: 'AWS::S3::Bucket', Properties: { BucketName: RESOURCES.MILLRACE_BUCKET } },
      Tracking: tableResource(RESOURCES.MILLRACE_TRACKING_TABLE),
      Orchestration: tableResource(RESOURCES.MILLRACE_ORCHESTRATION_TABLE),
      ...Object.fromEntries(lambdas),
      ...Object.fromEntries(
        lambdas.map(([id, { Properties }]) => [
          `${id}Logs`,
          {
            Type: 'AWS::Logs::LogGroup',
            Properties: { LogGroupName: Properties.LoggingConfig.LogGroup },
          },
        ]),
      ),
    },
  };
  // Assets lie beside the template under the name of their key.
  for (const [id, { Properties }] of lambdas) {
    renameSync(Properties.Code.S3Key, join(assembly, `asset.${id}`));
    (Properties.Code as { S3Key: string }).S3Key = `${id}.zip`;
  }
  writeFileSync(join(assembly, 'test.json'), JSON.stringify(template));
  const before = { ...process.env };
  const cloud = await startLocalCloud({
    directory: join(base, '.millrace'),
    assembly,
    projectRoot: join(__dirname, '..', '..'),
    guests,
  });
  Object.assign(process.env, cloud.environment, RESOURCES);
  const client = new LambdaClient({});
  return {
    ...cloud,
    invoke: async (FunctionName, event) => {
      const { Payload, FunctionError } = await client.send(
        new InvokeCommand({ FunctionName, Payload: JSON.stringify(event) }),
      );
      const value = JSON.parse(Buffer.from(Payload ?? []).toString('utf8')) as unknown;
      return FunctionError === undefined
        ? { value }
        : { value: undefined, error: value as NonNullable<Invoked['error']> };
    },
    remove: async () => {
      client.destroy();
      await cloud.stop();
      for (const name of Object.keys(process.env)) delete process.env[name];
      Object.assign(process.env, before);
      rmSync(base, { recursive: true, force: true });
    },
  };
}
