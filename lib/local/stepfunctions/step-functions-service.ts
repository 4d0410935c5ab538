/** AWS Step Functions on this machine: the API over machines, executions and their history, on LMDB. */
import { createHash, randomUUID } from 'node:crypto';
import type { RootDatabase } from 'lmdb';
import { systemClock, type Clock } from '../clock';
import { AwsError, type BusEvent, type JsonService, type Principal } from '../service';
import { ExecutionRunner } from './execution-runner';
import { ExecutionStore } from './execution-store';
import { FunctionsAhead } from './functions-ahead';
import { machineArnOf, MachineVersions } from './machine-versions';
import { perform, type Integrations } from './perform';
import type { ExecutionRecord, HistoryEvent, MachineRecord } from './records';
import type { RunnerPorts } from './runner-ports';
import { StatesError } from './states-error';
import { executionOf } from './task-token';
import { validateDefinition } from './validate-definition';

export interface StepFunctionsOptions {
  readonly root: RootDatabase;
  readonly clock?: Clock;
  readonly invokeLambda: Integrations['invokeLambda'];
  readonly runJob?: Integrations['runJob'];
  readonly runQuery?: Integrations['runQuery'];
  readonly service: (name: string) => JsonService | undefined;
  readonly emit: (event: BusEvent) => void;
  /** Told of functions that will be called soon. @default nobody is */
  readonly prepare?: (functions: readonly string[]) => void;
  readonly account: string;
  readonly region: string;
}

type Input = Readonly<Record<string, never>>;

const NAME = /^[^\s?*<>{}[\]:;,\\|^~$#%&`"\u0000-\u001f\u007f-\u009f/]{1,80}$/;

/** A redrive is taken so long after the start, and up to so many events. */
const REDRIVABLE_MS = 14 * 24 * 3600 * 1000;
const REDRIVABLE_EVENTS = 24_999;

export class StepFunctionsService implements JsonService {
  readonly target = 'AWSStepFunctions';
  readonly jsonVersion = '1.0';
  private readonly store: ExecutionStore;
  private readonly runners = new Map<string, ExecutionRunner>();
  private readonly waiters = new Map<string, ((record: ExecutionRecord) => void)[]>();
  private readonly clock: Clock;
  private readonly versions: MachineVersions;

  constructor(private readonly options: StepFunctionsOptions) {
    this.clock = options.clock ?? systemClock();
    this.store = new ExecutionStore(options.root);
    this.versions = new MachineVersions(
      options.root,
      (arn) => this.machine(arn),
      () => this.clock.now(),
    );
  }

  /** Continues what was under way when the last process ended. */
  resume(): void {
    for (const record of this.store.runningExecutions()) {
      if (!this.runners.has(record.arn)) this.runner(record).resume();
    }
  }

  /** Whether an execution goes on without waiting for a time. */
  get busy(): boolean {
    return [...this.runners.values()].some((runner) => runner.busy);
  }

  stop(): void {
    for (const runner of this.runners.values()) runner.stop();
    this.runners.clear();
  }

  async call(operation: string, input: unknown, principal: Principal): Promise<unknown> {
    const body = (input ?? {}) as Input;
    switch (operation) {
      case 'CreateStateMachine':
        return this.createMachine(body);
      case 'UpdateStateMachine':
        return this.updateMachine(body);
      case 'DeleteStateMachine':
        this.store.removeMachine(body['stateMachineArn'] ?? '');
        this.versions.removeAll(body['stateMachineArn'] ?? '');
        return {};
      case 'DescribeStateMachine':
        return this.describeQualified(body['stateMachineArn'] ?? '');
      case 'DescribeStateMachineForExecution': {
        const record = this.execution(body['executionArn'] ?? '');
        return {
          ...this.describeMachine(this.machine(record.machineArn)),
          definition: this.store.definition(record.revisionId),
        };
      }
      case 'ListStateMachines':
        return {
          stateMachines: this.store.allMachines().map((value) => ({
            stateMachineArn: value.arn,
            name: value.name,
            type: value.type,
            creationDate: value.createdAt / 1000,
          })),
        };
      case 'ValidateStateMachineDefinition': {
        const { faults } = validateDefinition(body['definition'] ?? '');
        return {
          result: faults.length === 0 ? 'OK' : 'FAIL',
          diagnostics: faults.map((message) => ({
            severity: 'ERROR',
            code: 'SCHEMA_VALIDATION_FAILED',
            message,
          })),
          truncated: false,
        };
      }
      case 'StartExecution':
        return this.startExecution(body);
      case 'StopExecution': {
        const record = this.execution(body['executionArn'] ?? '');
        await this.runners.get(record.arn)?.abort(body['error'], body['cause']);
        return { stopDate: (this.execution(record.arn).stoppedAt ?? this.clock.now()) / 1000 };
      }
      case 'DescribeExecution':
        return describe(this.execution(body['executionArn'] ?? ''));
      case 'ListExecutions':
        return this.listExecutions(body);
      case 'GetExecutionHistory':
        return this.getHistory(body);
      case 'SendTaskSuccess':
        return this.send(body, () => ({ output: parseOutput(body['output'] ?? '') }));
      case 'SendTaskFailure':
        return this.send(body, () => ({
          error: new StatesError(body['error'] ?? 'States.TaskFailed', body['cause'] ?? ''),
        }));
      case 'SendTaskHeartbeat':
        this.runnerOf(body['taskToken'] ?? '').heartbeat(body['taskToken'] ?? '');
        return {};
      case 'RedriveExecution':
        return this.redrive(body);
      case 'TagResource':
      case 'UntagResource':
        return {};
      case 'ListTagsForResource':
        return { tags: [] };
    }
    const answer = this.versions.call(operation, body);
    if (answer !== undefined) return answer;
    throw new AwsError(
      'UnknownOperationException',
      `Step Functions ${operation} is not served here (${principal.name}).`,
    );
  }

  // ---- machines

  private createMachine(input: Input): object {
    const name: string = input['name'] ?? '';
    if (!NAME.test(name)) throw new AwsError('InvalidName', `Invalid Name: '${name}'`);
    const arn = `arn:aws:states:${this.options.region}:${this.options.account}:stateMachine:${name}`;
    const existing = this.store.machine(arn);
    if (existing !== undefined && existing.definition !== input['definition'])
      throw new AwsError('StateMachineAlreadyExists', `State Machine Already Exists: '${arn}'`);
    return this.writeMachine({ arn, name, createdAt: existing?.createdAt ?? this.clock.now() }, input);
  }

  private updateMachine(input: Input): object {
    const existing = this.machine(input['stateMachineArn'] ?? '');
    const answer = this.writeMachine(existing, {
      definition: existing.definition,
      roleArn: existing.roleArn,
      ...input,
    } as never);
    return { updateDate: this.clock.now() / 1000, ...answer };
  }

  private writeMachine(machine: Pick<MachineRecord, 'arn' | 'name' | 'createdAt'>, input: Input): object {
    const { faults } = validateDefinition(input['definition'] ?? '');
    if (faults.length > 0)
      throw new AwsError('InvalidDefinition', `Invalid State Machine Definition: ${faults.join('; ')}`);
    const record: MachineRecord = {
      arn: machine.arn,
      name: machine.name,
      createdAt: machine.createdAt,
      roleArn: input['roleArn'] ?? '',
      definition: input['definition'] ?? '',
      type: input['type'] ?? 'STANDARD',
      revisionId: randomUUID(),
    };
    const earlier = this.store.machine(machine.arn);
    // What has not changed is no new revision.
    if (earlier?.definition === record.definition && earlier.roleArn === record.roleArn)
      return { stateMachineArn: earlier.arn, creationDate: earlier.createdAt / 1000 };
    this.store.putMachine(record);
    return { stateMachineArn: record.arn, creationDate: record.createdAt / 1000 };
  }

  private machine(arn: string): MachineRecord {
    const found = this.store.machine(arn);
    if (found === undefined)
      throw new AwsError('StateMachineDoesNotExist', `State Machine Does Not Exist: '${arn}'`);
    return found;
  }

  private describeQualified(arn: string): object {
    const qualified = this.versions.resolve(arn);
    const machine = this.machine(machineArnOf(arn));
    if (qualified === undefined) return this.describeMachine(machine);
    const { revisionId, roleArn, versionArn } = qualified;
    return this.describeMachine({
      ...machine,
      arn: versionArn,
      revisionId,
      roleArn,
      definition: this.store.definition(revisionId),
    });
  }

  private describeMachine(machine: MachineRecord): object {
    return {
      stateMachineArn: machine.arn,
      name: machine.name,
      status: 'ACTIVE',
      definition: machine.definition,
      roleArn: machine.roleArn,
      type: machine.type,
      creationDate: machine.createdAt / 1000,
      revisionId: machine.revisionId,
    };
  }

  // ---- executions

  private startExecution(input: Input, startedBy?: string): object {
    const given: string = input['stateMachineArn'] ?? '';
    const machine = this.machine(machineArnOf(given));
    const name: string = input['name'] ?? randomUUID();
    if (!NAME.test(name)) throw new AwsError('InvalidName', `Invalid Name: '${name}'`);
    const text: string = input['input'] ?? '{}';
    parseInput(text);
    const arn = `${machine.arn.replace(':stateMachine:', ':execution:')}:${name}`;
    const existing = this.known(arn);
    if (existing !== undefined) {
      const same = startedBy === undefined ? existing.status === 'RUNNING' : existing.startedBy === startedBy;
      if (same && existing.input === text) return { executionArn: arn, startDate: existing.startedAt / 1000 };
      throw new AwsError('ExecutionAlreadyExists', `Execution Already Exists: '${arn}'`);
    }
    const record: ExecutionRecord = {
      arn,
      name,
      machineArn: machine.arn,
      revisionId: machine.revisionId,
      roleArn: machine.roleArn,
      ...this.versions.resolve(given),
      input: text,
      startedAt: this.clock.now(),
      ...(startedBy === undefined ? {} : { startedBy }),
      status: 'RUNNING',
      redriveCount: 0,
      lastEventId: 0,
      nextFrame: 1,
    };
    this.runner(record).start();
    this.emitStatus(record);
    return { executionArn: arn, startDate: record.startedAt / 1000 };
  }

  private redrive(input: Input): object {
    const record = this.execution(input['executionArn'] ?? '');
    const fault = this.redriveFault(record);
    if (fault !== undefined)
      throw new AwsError('ExecutionNotRedrivable', `Execution Not Redrivable: ${fault}`);
    this.runner(record).redrive();
    this.emitStatus(record);
    return { redriveDate: this.clock.now() / 1000 };
  }

  private redriveFault(record: ExecutionRecord): string | undefined {
    if (record.status === 'RUNNING' || record.status === 'SUCCEEDED')
      return `Execution is ${record.status} and cannot be redriven`;
    if (this.clock.now() - record.startedAt > REDRIVABLE_MS) return 'it started more than 14 days ago';
    return record.lastEventId > REDRIVABLE_EVENTS ? 'its history has no room left' : undefined;
  }

  private runner(record: ExecutionRecord): ExecutionRunner {
    const definition = this.store.parsedDefinition(record.revisionId);
    const frames = this.store.framesOf(record.arn);
    const ahead = new FunctionsAhead(definition, (functions) => this.options.prepare?.(functions));
    const runner = new ExecutionRunner(record, definition, frames, this.ports(ahead));
    ahead.started();
    this.runners.set(record.arn, runner);
    return runner;
  }

  private known(arn: string): ExecutionRecord | undefined {
    return this.runners.get(arn)?.record ?? this.store.execution(arn);
  }

  private execution(arn: string): ExecutionRecord {
    const found = this.known(arn);
    if (found === undefined)
      throw new AwsError('ExecutionDoesNotExist', `Execution Does Not Exist: '${arn}'`);
    return found;
  }

  private listExecutions(input: Input): object {
    const machine = this.machine(input['stateMachineArn'] ?? '');
    const limit = Number(input['maxResults'] ?? 100) || 100;
    const token: string | undefined = input['nextToken'];
    const after = token === undefined ? undefined : (JSON.parse(token) as [number, string]);
    const page: object[] = [];
    let last: readonly [number, string] | undefined;
    for (const { key, arn } of this.store.executionsOf(machine.arn, after)) {
      const record = this.execution(arn);
      if (input['statusFilter'] !== undefined && record.status !== input['statusFilter']) continue;
      if (page.length === limit) return { executions: page, nextToken: JSON.stringify(last) };
      const { input: _input, output: _output, ...rest } = describe(record);
      page.push(rest);
      last = key;
    }
    return { executions: page };
  }

  private getHistory(input: Input): object {
    const { arn } = this.execution(input['executionArn'] ?? '');
    const limit = Number(input['maxResults'] ?? 100) || 100;
    const token: string | undefined = input['nextToken'];
    const events: HistoryEvent[] = [];
    for (const event of this.store.events(
      arn,
      token === undefined ? undefined : Number(token),
      (input['reverseOrder'] as unknown) === true,
    )) {
      if (events.length === limit) return { events, nextToken: String(event.id) };
      events.push(event);
    }
    return { events };
  }

  // ---- callbacks

  private runnerOf(token: string): ExecutionRunner {
    const arn = executionOf(token);
    if (arn === undefined) throw new AwsError('InvalidToken', "Invalid Token: 'Invalid token'");
    const runner = this.runners.get(arn);
    if (runner === undefined || !runner.waitsFor(token))
      throw new AwsError('TaskTimedOut', 'Task Timed Out: The task is no longer waited for');
    return runner;
  }

  private async send(
    input: Input,
    outcome: () => { readonly output: unknown } | { readonly error: StatesError },
  ): Promise<object> {
    const token: string = input['taskToken'] ?? '';
    const heard = await this.runnerOf(token).complete(token, outcome());
    if (!heard) throw new AwsError('TaskTimedOut', 'Task Timed Out: The task is no longer waited for');
    return {};
  }

  // ---- what the runners need

  private ports(ahead: FunctionsAhead): RunnerPorts {
    return {
      clock: this.clock,
      save: (record, frames, events) => this.store.save(record, frames, events),
      perform: (request) =>
        perform(request, {
          invokeLambda: (arn, payload, principal, turn) => {
            ahead.called(arn);
            return this.options.invokeLambda(arn, payload, principal, turn);
          },
          ...(this.options.runJob === undefined ? {} : { runJob: this.options.runJob }),
          ...(this.options.runQuery === undefined ? {} : { runQuery: this.options.runQuery }),
          service: (name) => (name === 'sfn' ? this : this.options.service(name)),
          startExecution: (input, wait) => this.startNested(input, wait, request.token),
        }),
      ended: (record) => {
        this.runners.delete(record.arn);
        this.emitStatus(record);
        for (const waiter of this.waiters.get(record.arn) ?? []) waiter(record);
        this.waiters.delete(record.arn);
      },
    };
  }

  private async startNested(input: Record<string, unknown>, wait: boolean, token: string): Promise<unknown> {
    const request = {
      stateMachineArn: input['StateMachineArn'],
      // Without a name, one that the same attempt finds again after a restart.
      name: input['Name'] ?? createHash('sha256').update(token).digest('hex').slice(0, 32),
      input:
        input['Input'] === undefined
          ? '{}'
          : typeof input['Input'] === 'string'
            ? input['Input']
            : JSON.stringify(input['Input']),
    };
    let started: { executionArn: string };
    try {
      started = this.startExecution(request as never, token) as { executionArn: string };
    } catch (error) {
      if (error instanceof AwsError)
        throw new StatesError(`StepFunctions.${error.code}Exception`, error.message);
      throw error;
    }
    if (!wait)
      return { ExecutionArn: started.executionArn, StartDate: new Date(this.clock.now()).toISOString() };
    const record = await new Promise<ExecutionRecord>((resolve) => {
      const now = this.execution(started.executionArn);
      if (now.status !== 'RUNNING') resolve(now);
      else this.waiters.set(now.arn, [...(this.waiters.get(now.arn) ?? []), resolve]);
    });
    if (record.status !== 'SUCCEEDED')
      throw new StatesError('States.TaskFailed', JSON.stringify(describe(record)));
    return {
      ExecutionArn: record.arn,
      Status: record.status,
      Output: JSON.parse(record.output ?? 'null') as unknown,
    };
  }

  private emitStatus(record: ExecutionRecord): void {
    this.options.emit({
      source: 'aws.states',
      'detail-type': 'Step Functions Execution Status Change',
      resources: [record.arn],
      detail: {
        executionArn: record.arn,
        stateMachineArn: record.machineArn,
        stateMachineVersionArn: record.versionArn ?? null,
        stateMachineAliasArn: record.aliasArn ?? null,
        name: record.name,
        status: record.status,
        startDate: record.startedAt,
        stopDate: record.stoppedAt ?? null,
        input: record.input,
        output: record.output ?? null,
        error: record.error ?? null,
        cause: record.cause ?? null,
      },
    });
  }
}

function describe(record: ExecutionRecord) {
  return {
    executionArn: record.arn,
    stateMachineArn: record.machineArn,
    ...(record.versionArn === undefined ? {} : { stateMachineVersionArn: record.versionArn }),
    ...(record.aliasArn === undefined ? {} : { stateMachineAliasArn: record.aliasArn }),
    name: record.name,
    status: record.status,
    startDate: record.startedAt / 1000,
    ...(record.stoppedAt === undefined ? {} : { stopDate: record.stoppedAt / 1000 }),
    input: record.input,
    ...(record.output === undefined ? {} : { output: record.output }),
    ...(record.error === undefined ? {} : { error: record.error }),
    ...(record.cause === undefined ? {} : { cause: record.cause }),
    redriveCount: record.redriveCount,
    ...(record.redrivenAt === undefined ? {} : { redriveDate: record.redrivenAt / 1000 }),
  };
}

function parseInput(text: string): unknown {
  if (Buffer.byteLength(text) > 256 * 1024)
    throw new AwsError(
      'InvalidExecutionInput',
      'Invalid State Machine Execution Input: the input has more than 256 KiB',
    );
  try {
    return JSON.parse(text);
  } catch {
    throw new AwsError('InvalidExecutionInput', 'Invalid State Machine Execution Input: it is no JSON');
  }
}

function parseOutput(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new AwsError('InvalidOutput', 'Invalid Output: it is no JSON');
  }
}
