import { checkPoints, withMetrics, writeHistory, type MetricPoint } from './metrics';
import { withParams } from './params';
import { changeRun } from './change-run';
import { withTags } from './tags';

export interface Batch {
  readonly metrics?: readonly MetricPoint[];
  readonly params?: Readonly<Record<string, string>>;
  readonly tags?: Readonly<Record<string, string>>;
}

/** Logs everything with one write of the run. Params are checked first: when one is refused, nothing is written. */
export async function logBatch(
  runId: string,
  { metrics = [], params = {}, tags = {} }: Batch,
): Promise<void> {
  checkPoints(metrics);
  await changeRun(
    runId,
    (run) => withTags(withMetrics(withParams(run, params), metrics), tags),
    () => writeHistory(runId, metrics),
  );
}
