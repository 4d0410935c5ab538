/** One invocation of a task: its context, and what has to be put away when it ends. */
import type { Context } from 'aws-lambda';
import { s3Client } from '../aws/clients/s3';
import { resourceNames } from '../aws/environment';
import { ObjectStore } from '../aws/object-store';
import type { TaskEvent } from '../model/envelope';
import { openTaskTracking, type OpenTaskTracking } from '../tracking/task-tracking';
import type { Contract } from '../tasks/contract';
import { DeclaredUses } from './declared-uses';
import { sendHeartbeat } from './heartbeat';
import { Scratch } from './scratch';
import type { TaskContext } from './task-context';
import { taskState } from './task-state';
import { logger, metrics } from './telemetry';

export class Invocation {
  readonly objects = new ObjectStore(s3Client(), resourceNames().bucket);
  private readonly scratch = new Scratch();
  private opened: Promise<OpenTaskTracking> | undefined;
  readonly uses: DeclaredUses;
  private readonly closers: (() => Promise<void> | void)[] = [];

  constructor(
    contract: Pick<Contract, 'name' | 'uses'>,
    private readonly event: TaskEvent,
    private readonly lambda: Context,
  ) {
    this.uses = new DeclaredUses(contract);
  }

  context(signal: AbortSignal): TaskContext {
    const { event, lambda, objects, scratch } = this;
    return {
      run: event.run,
      task: event.task,
      attempt: event.attempt,
      execution: event.execution,
      log: logger,
      objects,
      signal,
      tmp: () => scratch.directory(),
      tracking: () => (this.opened ??= openTaskTracking(event, objects)),
      variable: async (variable) => this.uses.variable(variable),
      connection: async (connection) => this.uses.connection(connection),
      state: taskState(event),
      onEnd: (close) => void this.closers.push(close),
      emitMetric: (name, value, unit = 'Count') => void metrics.addMetric(name, unit, value),
      remainingMs: () => lambda.getRemainingTimeInMillis(),
      heartbeat: () => sendHeartbeat(event.taskToken),
    };
  }

  /** Ends the tracked runs that the handler left open. */
  async closeTracking(status: 'FINISHED' | 'FAILED'): Promise<void> {
    if (this.opened !== undefined) await (await this.opened).close(status);
  }

  /** Closes what the handler opened, the last first, and removes its scratch directory. */
  async cleanUp(): Promise<void> {
    for (const close of this.closers.splice(0).reverse()) {
      try {
        await close();
      } catch (fault) {
        logger.warn('Something that the task had opened could not be closed.', fault as Error);
      }
    }
    await this.scratch.remove();
  }
}
