/** Runs a compiled pipeline of queries in the local engine on a virtual clock; the databases are played. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { open, type RootDatabase } from 'lmdb';
import type { CompiledPipeline } from '../../lib/compiler/compile';
import { variableOf } from '../../lib/compiler/names';
import { VirtualClock } from '../../lib/local/clock';
import { DynamoDbService } from '../../lib/local/dynamodb/dynamodb-service';
import { ROOT, type JsonService } from '../../lib/local/service';
import { MEMBER_NAMES } from '../../lib/local/stepfunctions/member-names';
import { StepFunctionsService } from '../../lib/local/stepfunctions/step-functions-service';
import type { Json } from '../../lib/model/json';

export interface PlayedCall {
  readonly operation: string;
  /** As the state writes it. */
  readonly input: unknown;
}

export type Played = (call: PlayedCall) => unknown;

export interface QueryRun {
  readonly runId: string;
  readonly status: string;
  readonly cause: string | undefined;
  readonly calls: readonly PlayedCall[];
  /** Virtual seconds. */
  readonly seconds: number;
  /** What the tasks put out. */
  readonly output: Readonly<Record<string, unknown>>;
  readonly error: (task: string) => { readonly Error: string; readonly Cause: string } | undefined;
  readonly record: (task: string) => Promise<Readonly<Record<string, unknown>> | undefined>;
}

const EPOCH = Date.parse('2026-01-01T00:00:00Z');

export class QueryMachine {
  private readonly directory = mkdtempSync(join(tmpdir(), 'millrace-queries-'));
  private readonly root: RootDatabase = open({
    path: this.directory,
    maxDbs: 64,
    encoding: 'json',
    noSync: true,
  });
  private readonly dynamodb = new DynamoDbService({ root: this.root });
  private clock = new VirtualClock(EPOCH);
  private count = 0;
  private play: Played = () => ({});
  private calls: PlayedCall[] = [];
  private execution = '';
  private context: object = {};
  private runId = '';
  private variables: Readonly<Record<string, Variable>> = {};
  private readonly sfn = new StepFunctionsService({
    root: this.root,
    clock: { now: () => this.clock.now(), at: (time, run) => this.clock.at(time, run) },
    account: '000000000000',
    region: 'us-east-1',
    emit: () => {},
    invokeLambda: async (arn, payload) => {
      if (arn === 'Begin') return { payload: JSON.stringify({ ...this.context, id: this.runId }) };
      if (arn === 'Launcher') return this.slot(payload);
      this.variables = (JSON.parse(payload) as { variables: Record<string, Variable> }).variables;
      return { payload: JSON.stringify({ status: 'success', failed: [], message: '' }) };
    },
    service: (name) => (name === 'dynamodb' ? this.dynamodb : this.played(name)),
    runQuery: (input) => this.answer('athena:startQueryExecution.sync', input),
  });

  async open(): Promise<void> {
    const attribute = (AttributeName: string) => ({ AttributeName, AttributeType: 'S' });
    await this.dynamodb.call(
      'CreateTable',
      {
        TableName: 'orchestration',
        AttributeDefinitions: ['pk', 'sk'].map(attribute),
        KeySchema: [
          { AttributeName: 'pk', KeyType: 'HASH' },
          { AttributeName: 'sk', KeyType: 'RANGE' },
        ],
        BillingMode: 'PAY_PER_REQUEST',
      },
      ROOT,
    );
  }

  async close(): Promise<void> {
    await this.root.close();
    rmSync(this.directory, { recursive: true, force: true });
  }

  /** An answer that does not come. */
  never(): Promise<never> {
    return new Promise(() => {});
  }

  /** Stops the execution while it waits for the answer. */
  async abort(): Promise<never> {
    await this.sfn.call('StopExecution', { executionArn: this.execution }, ROOT);
    return this.never();
  }

  async run(
    compiled: CompiledPipeline,
    play: Played,
    {
      runId,
      params,
      cache,
    }: { readonly runId?: string; readonly params?: Json; readonly cache?: false } = {},
  ): Promise<QueryRun> {
    const clock = new VirtualClock(EPOCH + this.count * 3_600_000);
    const began = clock.now();
    this.clock = clock;
    this.calls = [];
    this.play = play;
    this.runId = runId ?? `run-${this.count}`;
    this.context = {
      ds: '2026-01-01',
      logicalDate: '2026-01-01T00:00:00.000Z',
      params: { ...defaultsOf(compiled), ...(params as object | undefined) },
      ...(cache === undefined ? {} : { cache }),
    };
    const name = `case-${this.count++}`;
    this.variables = {};
    const definition = JSON.stringify(withVariables(compiled))
      .replaceAll('${OrchestrationTable}', 'orchestration')
      .replaceAll('${DataBucket}', 'data')
      .replaceAll('${Bus}', 'millrace-dev')
      .replaceAll('${Launcher}', 'Launcher')
      .replaceAll('${Begin}', 'Begin')
      .replaceAll('${Finish}', 'Finish');
    const { stateMachineArn } = (await this.sfn.call(
      'CreateStateMachine',
      { name, definition, roleArn: 'arn:aws:iam::000000000000:role/x' },
      ROOT,
    )) as { stateMachineArn: string };
    const { executionArn } = (await this.sfn.call('StartExecution', { stateMachineArn, name }, ROOT)) as {
      executionArn: string;
    };
    this.execution = executionArn;
    const tasks = compiled.tasks.map(({ id }) => id);
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve));
      const { status, cause } = (await this.sfn.call('DescribeExecution', { executionArn }, ROOT)) as {
        status: string;
        cause?: string;
      };
      if (status !== 'RUNNING') {
        const { variables } = this;
        const failed = tasks.some((task) => variables[task]?.status === 'failed');
        const calls = this.calls;
        const id = this.runId;
        return {
          runId: id,
          status: failed ? 'FAILED' : status,
          cause,
          calls,
          seconds: Math.round((clock.now() - began) / 1000),
          output: Object.fromEntries(tasks.map((task) => [task, variables[task]?.out])),
          error: (task) => variables[task]?.error,
          record: (task) => this.record(id, task),
        };
      }
      if (clock.advance(began + 30 * 86_400_000)) continue;
      this.sfn.stop();
      throw new Error(`Nothing happens any more in ${executionArn}.`);
    }
  }

  /** Slots are given at once, and freed. */
  private async slot(payload: string): Promise<{ readonly payload: string }> {
    const asked = JSON.parse(payload) as { readonly action: string; readonly token?: string };
    this.calls.push({ operation: asked.action, input: asked });
    if (asked.token !== undefined)
      await this.sfn.call('SendTaskSuccess', { taskToken: asked.token, output: '{}' }, ROOT);
    return { payload: 'null' };
  }

  private played(name: string): JsonService | undefined {
    if (!['athena', 'redshiftdata', 'rdsdata', 'events'].includes(name)) return undefined;
    return {
      target: name,
      jsonVersion: '1.1',
      // States write members in their own way, and so do these tests.
      call: async (operation, input) => {
        const capital = MEMBER_NAMES['rdsdata']?.answer ?? ((value: unknown) => value);
        return this.answer(operation, capital(input));
      },
    };
  }

  private async answer(operation: string, input: unknown): Promise<unknown> {
    const call = { operation, input };
    this.calls.push(call);
    return this.play(call);
  }

  private async record(runId: string, task: string): Promise<Record<string, unknown> | undefined> {
    const { Item } = (await this.dynamodb.call(
      'GetItem',
      { TableName: 'orchestration', Key: { pk: { S: `RUN#${runId}` }, sk: { S: `TASK#${task}` } } },
      ROOT,
    )) as { Item?: Record<string, Attribute> };
    return Item === undefined ? undefined : (plain({ M: Item }) as Record<string, unknown>);
  }
}

interface Variable {
  readonly status: string;
  readonly out?: unknown;
  readonly error?: { readonly Error: string; readonly Cause: string };
}

type Attribute = Readonly<Record<string, unknown>>;

function plain(attribute: Attribute): unknown {
  const [[kind, value] = ['NULL', true]] = Object.entries(attribute);
  if (kind === 'N') return Number(value);
  if (kind === 'M')
    return Object.fromEntries(
      Object.entries(value as Record<string, Attribute>).map(([name, member]) => [name, plain(member)]),
    );
  return value;
}

function defaultsOf(compiled: CompiledPipeline): Record<string, Json> {
  const begin = JSON.stringify(compiled.definition.States['Begin']);
  const { Arguments } = JSON.parse(begin) as {
    Arguments: { Payload: { paramsSchema: { properties?: Record<string, { default?: Json }> } } };
  };
  return Object.fromEntries(
    Object.entries(Arguments.Payload.paramsSchema.properties ?? {}).flatMap(([name, schema]) =>
      schema.default === undefined ? [] : [[name, schema.default]],
    ),
  );
}

/** The last state is told what the tasks left, so that a test can see it. */
function withVariables({ definition, tasks }: CompiledPipeline): object {
  const copy = JSON.parse(JSON.stringify(definition)) as {
    States: { Finish: { Arguments: { Payload: Record<string, unknown> } } };
  };
  copy.States.Finish.Arguments.Payload['variables'] = Object.fromEntries(
    tasks.map(({ id }) => [id, `{% $${variableOf(id, 0)} %}`]),
  );
  return copy;
}
