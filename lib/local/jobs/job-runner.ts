/**
 * Runs what ECS, Batch, SageMaker and Kubernetes are asked to run: in the container engine of this machine when there is one,
 * else by the command that the task names for that case. Handlers always run as they are, as functions do here.
 *
 * 1. A job has ended when its record says so: whoever asks, over whichever protocol, reads the record.
 * 2. Jobs end with the local cloud: they are forgotten, and what waits for them sends them again. What a killed one left running
 *    is ended by the next, before anything else begins.
 */
import { randomUUID } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Database, RootDatabase } from 'lmdb';
import { Slots, type Turn } from '../lambda/slots';
import type { PythonInterpreter } from '../lambda/python-environments';
import type { LogStore } from '../logs/log-store';
import {
  containerEngine,
  engineWithImage,
  endpointFor,
  engineArguments,
  removeContainer,
} from './container-engine';
import type { JobRecord, JobRequest, JobServiceName, LocalStandIn } from './job-record';
import { processSince, signalGroup, startGroup, type Ended, type ProcessGroup } from './process-group';

export interface JobRunnerOptions {
  readonly root: RootDatabase;
  readonly logs: LogStore;
  readonly projectRoot: string;
  /** Jobs at the same time; the others wait for their turn. @default the cores, at least 2 */
  readonly parallel?: number | undefined;
  /** What a handler in Python runs with, whose bundle lies in a folder. @default there are none */
  readonly pythonFor?: (folder: string, told: (line: string) => void) => Promise<PythonInterpreter>;
  /** What an SDK needs to reach the local cloud, as a role. */
  readonly environmentFor: (roleArn: string) => Readonly<Record<string, string>>;
}

interface Running {
  readonly group: ProcessGroup;
  readonly container?: { readonly engine: string; readonly name: string };
}

export class JobRunner {
  private readonly records: Database<JobRecord, string>;
  private readonly standIns: Database<LocalStandIn, string>;
  private readonly running = new Map<string, Running>();
  private readonly ends = new Map<string, Promise<JobRecord>>();
  private readonly slots: Slots;
  private closed = false;

  constructor(private readonly options: JobRunnerOptions) {
    this.slots = new Slots(options.parallel ?? Math.max(2, availableParallelism()));
    this.records = options.root.openDB({ name: 'jobs.records', encoding: 'json' });
    this.standIns = options.root.openDB({ name: 'jobs.stand-ins', encoding: 'json' });
    for (const record of this.list(() => true)) if (record.status === 'RUNNING') this.abandon(record);
  }

  /** What stands in for the containers of a machine, by task. */
  putStandIns(machine: string, standIns: Readonly<Record<string, LocalStandIn>>): void {
    this.options.root.transactionSync(() => {
      for (const [task, standIn] of Object.entries(standIns))
        void this.standIns.put(`${machine} ${task}`, standIn);
    });
  }

  /** Begins a job, or has it wait for its turn. */
  start(request: JobRequest, turn?: Turn): JobRecord {
    const { service, name, place, image, logGroup, logStream } = request;
    const id = randomUUID();
    this.options.logs.createGroup(logGroup);
    const record: JobRecord = {
      id,
      service,
      name,
      place,
      image,
      status: 'RUNNING',
      startedAt: Date.now(),
      logGroup,
      logStream: logStream.replace('{id}', id),
    };
    this.put(record);
    this.ends.set(
      id,
      this.slots.within(() => this.carry(request, record), turn),
    );
    return record;
  }

  /** Runs a job whose turn it is to its end. */
  private async carry(request: JobRequest, record: JobRecord): Promise<JobRecord> {
    const { id } = record;
    // Stopped before its turn came.
    const before = this.closed ? record : this.records.get(id);
    if (this.closed || before?.status !== 'RUNNING') return before ?? record;
    let begun: Running | string;
    try {
      begun = await this.begin(request, record);
    } catch (error) {
      begun = error instanceof Error ? error.message : String(error);
    }
    if (typeof begun === 'string') return this.end(record, { reason: begun });
    const { pid } = begun.group;
    const since = pid === undefined ? undefined : processSince(pid);
    const live: JobRecord = {
      ...record,
      startedAt: Date.now(),
      ...(pid === undefined ? {} : { pid }),
      ...(since === undefined ? {} : { pidSince: since }),
    };
    this.put(live);
    this.running.set(id, begun);
    const { maxSeconds } = request;
    const late = (): void => this.stop(id, `It ran longer than ${maxSeconds ?? 0} s.`);
    const limit = maxSeconds === undefined ? undefined : setTimeout(late, maxSeconds * 1000);
    const ended = await begun.group.ended;
    clearTimeout(limit);
    this.running.delete(id);
    return this.end(this.closed ? live : (this.records.get(id) ?? live), ended);
  }

  /** How a job ended; when the signal is given it is stopped first. */
  async ended(id: string, signal?: AbortSignal): Promise<JobRecord> {
    const stop = (): void => this.stop(id, 'Stopped by Step Functions.');
    if (signal?.aborted === true) stop();
    signal?.addEventListener('abort', stop);
    try {
      const record = await (this.ends.get(id) ?? this.records.get(id));
      if (record === undefined) throw new Error(`There is no job ${id}.`);
      return record;
    } finally {
      signal?.removeEventListener('abort', stop);
    }
  }

  stop(id: string, reason: string): void {
    const record = this.records.get(id);
    const running = this.running.get(id);
    if (record?.status !== 'RUNNING') return;
    if (running === undefined) {
      this.end(record, { reason });
      return;
    }
    this.put({ ...record, reason });
    if (running.container !== undefined) removeContainer(running.container.engine, running.container.name);
    running.group.stop();
  }

  /** Newest first. */
  list(where: (record: JobRecord) => boolean): JobRecord[] {
    return [...this.records.getRange({})]
      .map(({ value }) => value)
      .filter(where)
      .sort((a, b) => b.startedAt - a.startedAt);
  }

  find(service: JobServiceName, name: string): JobRecord | undefined {
    return this.list((record) => record.service === service && record.name === name)[0];
  }

  remove(id: string): void {
    this.options.root.transactionSync(() => void this.records.remove(id));
  }

  close(): void {
    this.closed = true;
    for (const { group, container } of this.running.values()) {
      if (container !== undefined) removeContainer(container.engine, container.name);
      group.kill();
    }
  }

  /** Returns why it cannot begin. */
  private async begin(request: JobRequest, record: JobRecord): Promise<Running | string> {
    const standIn = this.standIns.get(`${request.machine} ${request.task}`);
    const environment: Record<string, string> = {
      // Which Node runs here is this machine's affair; nine lines about it in each log help nobody.
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
      ...this.options.environmentFor(request.roleArn),
      ...request.environment,
    };
    const line = (text: string): void => this.options.logs.append(record.logGroup, record.logStream, text);
    const { projectRoot } = this.options;
    const start = (command: string, args: readonly string[], cwd: string, env: Record<string, string>) =>
      startGroup({ command, args, cwd, line, environment: { ...systemEnvironment(), ...env } });
    if (standIn !== undefined && 'bundle' in standIn) {
      // Its command is `node -e …`, or `python -u -c …`.
      const [, ...args] = [...request.entryPoint, ...request.args];
      if (standIn.python === true) {
        const { pythonFor } = this.options;
        if (pythonFor === undefined)
          return `Nothing here runs the handler of '${request.task}', which is Python.`;
        const { program, environment: own } = await pythonFor(standIn.bundle, line);
        return {
          group: start(program, args, projectRoot, {
            ...environment,
            ...own,
            PYTHONDONTWRITEBYTECODE: '1',
            MILLRACE_BUNDLE_FILE: standIn.bundle,
          }),
        };
      }
      return {
        group: start(process.execPath, args, projectRoot, {
          ...environment,
          MILLRACE_BUNDLE_FILE: standIn.bundle,
          ...(standIn.native === true ? { NODE_PATH: join(projectRoot, 'node_modules') } : {}),
        }),
      };
    }
    const engine = standIn === undefined ? await containerEngine() : await engineWithImage(request.image);
    if (engine !== undefined) {
      const inside = {
        ...environment,
        AWS_ENDPOINT_URL: endpointFor(environment['AWS_ENDPOINT_URL'] ?? ''),
      };
      return {
        group: start(engine, engineArguments(request, inside), projectRoot, inside),
        container: { engine, name: request.name },
      };
    }
    if (standIn !== undefined)
      return {
        group: start(standIn.command, standIn.args ?? [], join(projectRoot, standIn.cwd ?? '.'), environment),
      };
    return `There is no container engine on this machine (docker, podman and nerdctl do not answer), and the task '${request.task}' names no command in its place. Start one, or write container('${request.task}', { …, local: { command: 'node', args: ['train.js'] } }).`;
  }

  private end(record: JobRecord, { exitCode, reason }: Ended): JobRecord {
    const why = record.reason ?? reason;
    const ended: JobRecord = {
      ...record,
      status: exitCode === 0 && record.reason === undefined ? 'SUCCEEDED' : 'FAILED',
      stoppedAt: Date.now(),
      ...(exitCode === undefined ? {} : { exitCode }),
      ...(why === undefined ? {} : { reason: why }),
    };
    this.put(ended);
    return ended;
  }

  private abandon(record: JobRecord): void {
    const { pid, pidSince } = record;
    if (pid !== undefined && pidSince !== undefined && processSince(pid) === pidSince)
      signalGroup(pid, 'SIGKILL');
    this.remove(record.id);
  }

  private put(record: JobRecord): void {
    if (this.closed) return;
    this.options.root.transactionSync(() => void this.records.put(record.id, record));
  }
}

/** The little of this machine's environment that a process needs to run at all. */
function systemEnvironment(): Record<string, string> {
  const names = [
    'PATH',
    'SYSTEMROOT',
    'SystemRoot',
    'TEMP',
    'TMP',
    'TMPDIR',
    'HOME',
    'LANG',
    'DOCKER_HOST',
    // Which Python programs run with that stand in for containers.
    'MILLRACE_PYTHON',
  ];
  return Object.fromEntries(
    names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );
}
