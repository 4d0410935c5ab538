/** Runs a compiled pipeline in the local engine on a virtual clock; handlers are played from a script. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { open, type RootDatabase } from 'lmdb';
import type { CompiledPipeline } from '../../lib/compiler/compile';
import { VirtualClock } from '../../lib/local/clock';
import { DynamoDbService } from '../../lib/local/dynamodb/dynamodb-service';
import { AwsError, ROOT } from '../../lib/local/service';
import { StepFunctionsService } from '../../lib/local/stepfunctions/step-functions-service';
import type { FinishEvent, TaskEvent } from '../../lib/model/envelope';
import type { Json } from '../../lib/model/json';
import { createGateTable } from './gate-table';

export interface PlayedAttempt {
  /** Virtual. */
  readonly seconds: number;
  /** The function's answer, or how it fails. */
  readonly out?: Json;
  readonly error?: string;
  /** @default success */
  readonly status?: 'success' | 'skipped';
}

export interface PlayedRun {
  readonly status: string;
  readonly cause: string | undefined;
  /** By task, seconds since the start, of the first attempt. */
  readonly started: ReadonlyMap<string, number>;
  readonly attempts: ReadonlyMap<string, number>;
  readonly inputs: ReadonlyMap<string, Json>;
  /** As the last state gets them; nothing when the run was stopped before. */
  readonly statuses: FinishEvent['tasks'] | undefined;
  /** Seconds when the last state began. */
  readonly finishedAt: number | undefined;
}

const EPOCH = Date.parse('2026-01-01T00:00:00Z');
const FUNCTION = 'arn:aws:lambda:us-east-1:000000000000:function:';

/** An engine for many runs, one after the other. */
export class CompiledRuns {
  private readonly directory = mkdtempSync(join(tmpdir(), 'millrace-runs-'));
  private readonly root: RootDatabase = open({
    path: this.directory,
    maxDbs: 64,
    encoding: 'json',
    noSync: true,
  });
  private readonly dynamodb = new DynamoDbService({ root: this.root });
  private count = 0;
  private clock = new VirtualClock(EPOCH);
  private invoke: (name: string, payload: string) => Promise<unknown> = () => Promise.resolve(null);
  /** One for all runs: opening the tables of the store anew for each would fill the memory. */
  private readonly sfn = new StepFunctionsService({
    root: this.root,
    clock: { now: () => this.clock.now(), at: (time, run) => this.clock.at(time, run) },
    account: '000000000000',
    region: 'us-east-1',
    emit: () => {},
    service: (name) => (name === 'dynamodb' ? this.dynamodb : undefined),
    invokeLambda: async (arn, payload) => {
      try {
        return { payload: JSON.stringify(await this.invoke(arn.slice(FUNCTION.length), payload)) };
      } catch (error) {
        if (!(error instanceof FunctionError)) throw error;
        return {
          payload: JSON.stringify({ errorType: error.message, errorMessage: 'as played' }),
          functionError: 'Unhandled',
        };
      }
    },
  });

  async open(): Promise<void> {
    await createGateTable(this.dynamodb, 'orchestration');
  }

  async close(): Promise<void> {
    await this.root.close();
    rmSync(this.directory, { recursive: true, force: true });
  }

  async run(
    compiled: CompiledPipeline,
    params: Json,
    play: (event: TaskEvent, attempt: number) => PlayedAttempt,
  ): Promise<PlayedRun> {
    const clock = new VirtualClock(EPOCH);
    this.clock = clock;
    const { sfn } = this;
    const seconds = () => (clock.now() - EPOCH) / 1000;
    const started = new Map<string, number>();
    const attempts = new Map<string, number>();
    const inputs = new Map<string, Json>();
    let finish: FinishEvent | undefined;
    let finishedAt: number | undefined;

    this.invoke = async (name, payload) => {
      if (name === 'Begin') return { id: `run-${this.count}`, ds: '2026-01-01', params };
      if (name === 'Finish') {
        finish = JSON.parse(payload) as FinishEvent;
        finishedAt = seconds();
        const { tasks, leaves } = finish;
        const bad = leaves.some((leaf) => ['failed', 'upstream_failed'].includes(tasks[leaf] ?? ''));
        if (bad) throw new FunctionError('Millrace.RunFailed');
        return { status: 'success', failed: [], message: '' };
      }
      if (name === 'Launcher') {
        const { token } = JSON.parse(payload) as { token?: string };
        if (token !== undefined) await sfn.call('SendTaskSuccess', { taskToken: token, output: '{}' }, ROOT);
        return null;
      }
      const event = JSON.parse(payload) as TaskEvent;
      const attempt = (attempts.get(event.task) ?? 0) + 1;
      attempts.set(event.task, attempt);
      if (!started.has(event.task)) started.set(event.task, seconds());
      inputs.set(event.task, event.input);
      const { seconds: length, out, error, status = 'success' } = play(event, attempt);
      await new Promise<void>((resolve) => clock.at(clock.now() + length * 1000, resolve));
      if (error !== undefined) throw new FunctionError(error);
      return { status, out: out ?? null };
    };

    const name = `case-${this.count++}`;
    const definition = JSON.stringify(compiled.definition)
      .replaceAll('${OrchestrationTable}', 'orchestration')
      .replace(/\$\{(\w+)\}/g, `${FUNCTION}$1`);
    const { stateMachineArn } = (await sfn.call(
      'CreateStateMachine',
      { name, definition, roleArn: 'arn:aws:iam::000000000000:role/x' },
      ROOT,
    )) as { stateMachineArn: string };
    const { executionArn } = (await sfn.call('StartExecution', { stateMachineArn, name }, ROOT)) as {
      executionArn: string;
    };
    for (;;) {
      // All that is under way in this process is a chain of promises; it has come to rest when the event loop turns.
      await new Promise((resolve) => setImmediate(resolve));
      const execution = (await sfn.call('DescribeExecution', { executionArn }, ROOT)) as {
        status: string;
        cause?: string;
      };
      if (execution.status !== 'RUNNING') {
        const { status, cause } = execution;
        return { status, cause, started, attempts, inputs, statuses: finish?.tasks, finishedAt };
      }
      if (clock.advance(EPOCH + 30 * 86_400_000)) continue;
      sfn.stop();
      throw new AwsError('Stuck', `Nothing happens any more in ${executionArn} at ${seconds()} s.`);
    }
  }
}

class FunctionError extends Error {}
