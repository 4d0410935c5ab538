/** The shipped pipelines in a local cloud inside of the test's own process, so that tests also see the messages. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LambdaClient, GetFunctionConfigurationCommand, InvokeCommand } from '@aws-sdk/client-lambda';
import { s3Client } from '../../lib/aws/clients/s3';
import { resourceNames } from '../../lib/aws/environment';
import { ObjectStore } from '../../lib/aws/object-store';
import type { Clock } from '../../lib/local/clock';
import { startLocalCloud, type LocalCloud } from '../../lib/local/local-cloud';
import type { Json, JsonObject } from '../../lib/model/json';
import { listRuns } from '../../lib/orchestration/list-runs';
import { readRun } from '../../lib/orchestration/read-run';
import { ROOT } from './millrace';
import { shippedAssembly, synthesiseShipped } from './shipped-assembly';

export interface EndedRun {
  readonly runId: string;
  readonly status: string;
  /** By task id; a task that was never reached is not there. */
  readonly tasks: Readonly<Record<string, string>>;
  readonly outputs: Readonly<Record<string, Json>>;
  readonly errors: Readonly<Record<string, string>>;
}

export interface PipelinesCloud {
  readonly cloud: LocalCloud;
  readonly objects: ObjectStore;
  readonly endpoints: string;
  /** Folder of the templates. */
  readonly assembly: string;
  /** Puts a file of `data/` under `raw/`. */
  upload(file: string, body?: string): Promise<void>;
  /** Asks the launcher for something, as the command line does. */
  ask(request: JsonObject): Promise<JsonObject>;
  launch(pipeline: string, params?: JsonObject): Promise<string>;
  ended(runId: string): Promise<EndedRun>;
  run(pipeline: string, params?: JsonObject): Promise<EndedRun>;
  /** The newest run of a pipeline that is none of those known, when it has ended. */
  nextRun(pipeline: string, known: readonly string[]): Promise<EndedRun>;
  subjects(): string[];
  stop(): Promise<void>;
}

const PATIENCE_MS = 150_000;

export interface PipelinesCloudOptions {
  /** @default this one, with all shipped pipelines */
  readonly projectRoot?: string;
  /** Lets schedules ring. @default false */
  readonly schedules?: boolean;
  /** Processes of functions that are kept. @default 24 */
  readonly warm?: number;
  /** Invocations of functions at the same time. @default no limit */
  readonly concurrency?: number;
  /** @default real time */
  readonly clock?: Clock;
}

export async function startPipelinesCloud({
  projectRoot = ROOT,
  ...options
}: PipelinesCloudOptions = {}): Promise<PipelinesCloud> {
  const directory = mkdtempSync(join(tmpdir(), 'millrace-pipelines-'));
  const own = projectRoot === ROOT ? undefined : join(directory, 'cdk.out');
  if (own !== undefined) synthesiseShipped(own, projectRoot);
  const assembly = own ?? (await shippedAssembly());
  const before = { ...process.env };
  const cloud = await startLocalCloud({
    directory: join(directory, '.millrace'),
    projectRoot,
    assembly,
    ...options,
  });
  Object.assign(process.env, cloud.environment);
  const lambda = new LambdaClient({});
  const { Environment } = await lambda.send(
    new GetFunctionConfigurationCommand({ FunctionName: 'millrace-dev-begin' }),
  );
  for (const [key, value] of Object.entries(Environment?.Variables ?? {}))
    if (key.startsWith('MILLRACE_')) process.env[key] = value;
  const objects = new ObjectStore(s3Client(), resourceNames().bucket);

  const ask = async (request: JsonObject): Promise<JsonObject> => {
    const { Payload, FunctionError } = await lambda.send(
      new InvokeCommand({
        FunctionName: 'millrace-dev-launcher',
        Payload: Buffer.from(JSON.stringify(request)),
      }),
    );
    const text = Buffer.from(Payload ?? []).toString('utf8');
    if (FunctionError !== undefined) throw new Error(text);
    return JSON.parse(text) as JsonObject;
  };
  const launch = async (pipeline: string, params: JsonObject = {}): Promise<string> =>
    String((await ask({ pipeline, params }))['runId']);
  const until = async <T>(what: string, look: () => Promise<T | undefined>): Promise<T> => {
    const end = Date.now() + PATIENCE_MS;
    for (;;) {
      const found = await look();
      if (found !== undefined) return found;
      if (Date.now() > end) throw new Error(`Not within ${PATIENCE_MS} ms: ${what}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  const ended = (runId: string): Promise<EndedRun> =>
    until(`the end of ${runId}`, async () => {
      const run = await readRun(runId);
      if (run === undefined || run.record.status === 'running') return undefined;
      const { tasks } = run;
      const of = <T>(value: (task: (typeof tasks)[number]) => T | undefined) =>
        Object.fromEntries(
          tasks.flatMap((task) => {
            const found = value(task);
            return found === undefined ? [] : [[task.task, found]];
          }),
        );
      return {
        runId,
        status: run.record.status,
        tasks: of((task) => task.status),
        outputs: of((task) => task.result?.out),
        errors: of((task) => task.error?.message),
      };
    });
  return {
    cloud,
    objects,
    assembly,
    endpoints: `${cloud.url}/_api/millrace-dev-serving/endpoints`,
    upload: async (file, body) =>
      void (await objects.putBytes(`raw/${file}`, body ?? readFileSync(join(ROOT, 'data', file)))),
    ask,
    launch,
    ended,
    run: async (pipeline, params) => ended(await launch(pipeline, params)),
    nextRun: async (pipeline, known) => {
      const runId = await until(`another run of ${pipeline}`, async () => {
        const runs = await listRuns(pipeline, 20);
        return runs.map((run) => run.runId).find((id) => !known.includes(id));
      });
      return ended(runId);
    },
    subjects: () => cloud.published(resourceNames().alarmTopic).map(({ subject }) => subject),
    stop: async () => {
      lambda.destroy();
      await cloud.stop();
      for (const name of Object.keys(process.env)) delete process.env[name];
      Object.assign(process.env, before);
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
