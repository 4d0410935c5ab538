/**
 * What the local Step Functions engine adds to each task: chains and fan-outs of no-op Lambdas, warm, beside calling the
 * same function so often directly.
 *
 *   npm run bench:engine
 *
 * Goal: under 3 ms a task on top of the call, linear in tasks.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { setTimeout as pause } from 'node:timers/promises';
import { startLocalCloud } from '../lib/local/local-cloud';
import { REPOSITORY } from './support/many-pipelines';

const FUNCTION = 'arn:aws:lambda:us-east-1:000000000000:function:no-op';
const TEMPLATE = {
  Resources: {
    Role: { Type: 'AWS::IAM::Role', Properties: { RoleName: 'no-op' } },
    NoOp: {
      Type: 'AWS::Lambda::Function',
      Properties: {
        FunctionName: 'no-op',
        Handler: 'index.handler',
        Runtime: 'nodejs22.x',
        Role: { 'Fn::GetAtt': ['Role', 'Arn'] },
        Code: { S3Bucket: 'b', S3Key: 'no-op.zip' },
      },
    },
  },
};

/** A task as the compiler writes it: variables in, a variable out, retries and a catcher. */
const task = (i: number, next: object): object => ({
  Type: 'Task',
  Resource: 'arn:aws:states:::lambda:invoke',
  TimeoutSeconds: 70,
  Arguments: {
    FunctionName: FUNCTION,
    Payload: {
      task: `t${i}`,
      attempt: '{% $states.context.State.RetryCount %}',
      input: { n: i === 0 ? 0 : `{% $t${i - 1}.out %}` },
    },
  },
  Assign: { [`t${i}`]: '{% $states.result.Payload %}' },
  Output: {},
  Retry: [{ ErrorEquals: ['Lambda.ServiceException'], MaxAttempts: 5 }],
  ...next,
});

const chain = (length: number): object => ({
  StartAt: 't0',
  States: Object.fromEntries(
    Array.from({ length }, (_, i) => [
      `t${i}`,
      task(i, i === length - 1 ? { End: true } : { Next: `t${i + 1}` }),
    ]),
  ),
});

const fanOut = (width: number): object => ({
  StartAt: 'all',
  States: {
    all: {
      Type: 'Parallel',
      Branches: Array.from({ length: width }, (_, i) => ({
        StartAt: `t${i}`,
        States: {
          [`t${i}`]: { ...task(0, { End: true }), Assign: {}, Output: '{% $states.result.Payload %}' },
        },
      })),
      End: true,
    },
  },
});

async function main(): Promise<void> {
  const base = mkdtempSync(join(tmpdir(), 'millrace-bench-'));
  const assembly = join(base, 'assembly');
  mkdirSync(join(assembly, 'asset.no-op'), { recursive: true });
  const stack = { type: 'aws:cloudformation:stack', properties: { templateFile: 'bench.json' } };
  writeFileSync(join(assembly, 'manifest.json'), JSON.stringify({ artifacts: { bench: stack } }));
  writeFileSync(join(assembly, 'bench.json'), JSON.stringify(TEMPLATE));
  writeFileSync(
    join(assembly, 'asset.no-op', 'index.js'),
    'exports.handler = async (event) => ({ status: "success", out: event.input?.n ?? 0 });',
  );
  const cloud = await startLocalCloud({
    directory: join(base, '.millrace'),
    assembly,
    projectRoot: REPOSITORY,
  });
  const settings = {
    endpoint: cloud.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  };
  const sfn = new SFNClient(settings);
  const lambda = new LambdaClient(settings);

  const run = async (name: string, definition: object): Promise<number> => {
    const { stateMachineArn } = await sfn.send(
      new CreateStateMachineCommand({
        name,
        roleArn: 'arn:aws:iam::000000000000:role/no-op',
        definition: JSON.stringify({ QueryLanguage: 'JSONata', ...definition }),
      }),
    );
    const started = performance.now();
    const { executionArn } = await sfn.send(new StartExecutionCommand({ stateMachineArn, name }));
    for (;;) {
      const { status, cause } = await sfn.send(new DescribeExecutionCommand({ executionArn }));
      if (status === 'SUCCEEDED') return performance.now() - started;
      if (status !== 'RUNNING') throw new Error(`${name} ended ${status ?? ''}: ${cause ?? ''}`);
      await pause(5);
    }
  };

  await run('warm-chain', chain(20));
  await run('warm-fan-out', fanOut(200));
  const calls = 300;
  const started = performance.now();
  for (let i = 0; i < calls; i++)
    await lambda.send(new InvokeCommand({ FunctionName: FUNCTION, Payload: '{}' }));
  const direct = (performance.now() - started) / calls;

  const rows = [
    ['one call by the SDK', 1, direct],
    ...(await measured(run, 'chain', chain, [100, 300, 1000])),
    ...(await measured(run, 'fan-out', fanOut, [50, 200])),
  ] as const;
  console.log('what                    tasks   ms a task   ratio to the call');
  for (const [what, tasks, each] of rows)
    console.log(
      `${what.padEnd(22)}${String(tasks).padStart(7)}${each.toFixed(2).padStart(12)}${(each / direct).toFixed(2).padStart(20)}`,
    );
  sfn.destroy();
  lambda.destroy();
  await cloud.stop();
  rmSync(base, { recursive: true, force: true });
}

async function measured(
  run: (name: string, definition: object) => Promise<number>,
  what: string,
  definition: (size: number) => object,
  sizes: readonly number[],
): Promise<[string, number, number][]> {
  const rows: [string, number, number][] = [];
  for (const size of sizes) rows.push([what, size, (await run(`${what}-${size}`, definition(size))) / size]);
  return rows;
}

void main();
