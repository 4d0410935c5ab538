import type { TaskEvent } from '../../model/envelope';
import type { JsonObject } from '../../model/json';
import type { RunContext } from '../../model/run-context';
import { readRun } from '../read-run';
import type { OutboxEntry } from './outbox';

/**
 * What the function of a callback is sent: an event as a machine sends it, under a name of its own in the run it is about.
 * The same notification is the same task: delivered twice, it is done once.
 */
export async function callbackEvent(contract: string, entry: OutboxEntry): Promise<TaskEvent> {
  const record = (await readRun(entry.run))?.record;
  const input: JsonObject = {
    occasion: entry.kind,
    stage: entry.stage,
    pipeline: entry.pipeline,
    run: entry.run,
    logicalDate: entry.logicalDate,
    ds: entry.logicalDate.slice(0, 10),
    task: entry.task ?? null,
    attempt: entry.attempt ?? null,
    error: entry.error ?? null,
    subject: entry.subject,
    text: entry.text,
    command: entry.command,
    link: entry.link ?? null,
  };
  return {
    task: `callback/${contract}/${entry.id}`,
    run: record?.context ?? notBegun(entry),
    attempt: 0,
    execution: record?.execution ?? `notification:${entry.id}`,
    redrive: 0,
    input,
    returns: {},
  };
}

/** A run that is late may not have begun. */
function notBegun({ run, pipeline, logicalDate, at }: OutboxEntry): RunContext {
  return {
    id: run,
    pipeline,
    params: {},
    trigger: 'schedule',
    logicalDate,
    dataIntervalStart: logicalDate,
    dataIntervalEnd: logicalDate,
    ds: logicalDate.slice(0, 10),
    dsNodash: logicalDate.slice(0, 10).replaceAll('-', ''),
    startedAt: at,
    code: { commit: 'unknown', dirty: false },
  };
}
