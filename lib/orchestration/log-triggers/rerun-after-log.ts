/**
 * A run is run again when it has failed and one of its tasks logged a certain text: a fault that passes, which the name of
 * the error does not tell. The line may be known before the end of the run or after it; whoever comes second acts.
 */
import { orchestrationTable } from '../../aws/tables';
import { expiry, logRerunKey } from '../keys';
import type { Place } from '../place';
import { readRun } from '../read-run';
import { rerun } from '../rerun';
import type { RunRecord } from '../run-record';

interface Asked {
  readonly task: string;
  readonly text: string;
  /** The execution that logged the text: only its failure counts. */
  readonly execution: string;
  readonly times: number;
  /** Executions that were run again. */
  readonly done: readonly string[];
}

export async function askForRerun(
  { runId, execution }: Pick<RunRecord, 'runId' | 'execution'>,
  asked: Pick<Asked, 'task' | 'text' | 'times'>,
  place: Place,
): Promise<void> {
  const values = { ...asked, execution, ttl: expiry(place.now().getTime()) };
  const names = Object.keys(values);
  // Which executions were run again stays: somebody may be adding to it.
  await orchestrationTable().update(logRerunKey(runId), {
    UpdateExpression: `SET ${names.map((name) => `#${name} = :${name}`).join(', ')}, done = if_not_exists(done, :none)`,
    ExpressionAttributeNames: Object.fromEntries(names.map((name) => [`#${name}`, name])),
    ExpressionAttributeValues: {
      ...Object.fromEntries(Object.entries(values).map(([name, value]) => [`:${name}`, value])),
      ':none': [],
    },
  });
  await rerunAfterLog(runId, place);
}

/** Returns whether the run was run again. */
export async function rerunAfterLog(runId: string, place: Place): Promise<boolean> {
  const asked = await orchestrationTable().get<Asked>(logRerunKey(runId));
  if (asked === undefined || asked.done.length >= asked.times) return false;
  const run = (await readRun(runId))?.record;
  if (run?.status !== 'failed' || run.execution !== asked.execution) return false;
  const taken = await orchestrationTable().put(
    {
      ...logRerunKey(runId),
      ...asked,
      done: [...asked.done, asked.execution],
      ttl: expiry(place.now().getTime()),
    },
    {
      ConditionExpression: '#execution = :execution AND NOT contains(done, :execution)',
      ExpressionAttributeNames: { '#execution': 'execution' },
      ExpressionAttributeValues: { ':execution': asked.execution },
    },
  );
  if (!taken) return false;
  await rerun({ runId, by: 'log trigger', why: `${asked.task} logged '${asked.text}'` }, place);
  return true;
}
