/** Logger and metrics of the function. Lines are JSON with the run and the task; metrics go out as EMF log lines. */
import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics } from '@aws-lambda-powertools/metrics';
import type { Context } from 'aws-lambda';
import type { TaskEvent } from '../model/envelope';

export const logger = new Logger();
export const metrics = new Metrics();

/** Before anything is logged: what every line of this invocation carries, the cold start included. */
export function beginTelemetry(event: TaskEvent, lambda: Context): void {
  logger.resetKeys();
  logger.addContext(lambda);
  logger.appendKeys({
    pipeline: event.run.pipeline,
    run: event.run.id,
    task: event.task,
    attempt: event.attempt,
    execution: event.execution,
  });
  metrics.captureColdStartMetric(lambda.functionName);
}

export function measureEnd(event: TaskEvent, name: 'TaskSuccess' | 'TaskFailure', durationMs: number): void {
  // One figure for all items of a map: a dimension per item would be a metric of its own each.
  metrics.addDimensions({ pipeline: event.run.pipeline, task: event.task.replace(/\[\d+\]$/, '') });
  metrics.addMetric(name, 'Count', 1);
  metrics.addMetric('TaskDuration', 'Milliseconds', durationMs);
}

/** Writes what was measured and forgets it: the next invocation is another task's. */
export function publishMetrics(): void {
  if (metrics.hasStoredMetrics()) metrics.publishStoredMetrics();
}

/** Names and sizes in characters of JSON only: values may be secret. */
export function sizesOf(input: unknown): Record<string, number> {
  return Object.fromEntries(
    Object.entries((input ?? {}) as Record<string, unknown>).map(([name, value]) => [
      name,
      JSON.stringify(value)?.length ?? 0,
    ]),
  );
}
