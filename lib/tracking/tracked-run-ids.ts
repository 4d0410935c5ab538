/** Ids of tracked runs follow from what they stand for, so that a retry goes on with the run that it began. */
import { createHash } from 'node:crypto';

/** The run that stands for a logical run, and is the parent of the runs of its tasks. */
export function parentRunIdOf(logicalRunId: string): string {
  return digest(['parent', logicalRunId]);
}

/** The run that stands for a map in a logical run, and is the parent of the runs of its items. */
export function mapRunIdOf(logicalRunId: string, map: string): string {
  return digest(['map', logicalRunId, map]);
}

export function childRunIdOf(execution: string, task: string, name: string): string {
  return digest(['task', execution, task, name]);
}

function digest(parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
}
