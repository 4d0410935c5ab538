/** What the tables say after a story: runs, registry, endpoint, in order of time. */
import { listRuns } from '../../../lib/orchestration/list-runs';
import { readRun } from '../../../lib/orchestration/read-run';
import type { Json } from '../../../lib/model/json';
import { listChanges, type EndpointChange } from '../../../lib/serving/endpoint';
import { shiftEnds } from '../../../lib/serving/traffic';
import { listVersions, type ModelVersion } from '../../../lib/tracking/model-versions';
import { listEvents, type RegistryEvent } from '../../../lib/tracking/registry-events';

export interface ToldRun {
  readonly runId: string;
  readonly pipeline: string;
  readonly status: string;
  readonly trigger: string;
  readonly startedAt: string;
  readonly dataIntervalEnd: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly tasks: Readonly<Record<string, string>>;
  readonly outputs: Readonly<Record<string, Readonly<Record<string, Json>>>>;
}

export interface Told {
  readonly runs: readonly ToldRun[];
  of(pipeline: string): readonly ToldRun[];
  readonly events: readonly RegistryEvent[];
  readonly changes: readonly EndpointChange[];
  readonly versions: readonly ModelVersion[];
}

export async function told(pipelines: readonly string[]): Promise<Told> {
  const runs: ToldRun[] = [];
  for (const pipeline of pipelines)
    for (const { runId } of await listRuns(pipeline, 10_000)) {
      const run = await readRun(runId);
      if (run === undefined) throw new Error(`${runId} is listed and has no record.`);
      const { record, tasks } = run;
      runs.push({
        runId,
        pipeline,
        status: record.status,
        trigger: record.context.trigger,
        startedAt: record.startedAt,
        dataIntervalEnd: record.context.dataIntervalEnd,
        params: record.context.params,
        tasks: Object.fromEntries(tasks.map(({ task, status }) => [task, status])),
        outputs: Object.fromEntries(
          tasks.map(({ task, result }) => [task, (result?.out ?? {}) as Record<string, Json>]),
        ),
      });
    }
  runs.sort((a, b) => (a.startedAt < b.startedAt ? -1 : 1));
  return {
    runs,
    of: (pipeline) => runs.filter((run) => run.pipeline === pipeline),
    events: [...(await listEvents('churn'))].reverse(),
    changes: [...(await listChanges('churn'))].reverse(),
    versions: await listVersions('churn'),
  };
}

/** The version that has the traffic at a time, and the one that it goes over to, by the changes alone. */
export function servedAt(
  changes: readonly EndpointChange[],
  time: number,
): { readonly stable: string | null; readonly candidate: string | null } {
  let stable: string | null = null;
  let shift: { readonly to: string; readonly ends: number } | undefined;
  const settle = (now: number) => {
    if (shift === undefined || shift.ends > now) return;
    stable = shift.to;
    shift = undefined;
  };
  for (const change of changes) {
    const at = Date.parse(change.at);
    if (at > time) break;
    settle(at);
    if (change.action === 'rollback') {
      if (shift === undefined) stable = change.to;
      shift = undefined;
    }
    // A deployment of the pipeline is held until its shift begins; what people deploy shifts at once.
    const begins = change.action === 'shift' || (change.action === 'deploy' && !change.by.startsWith('arn:'));
    if (!begins || change.to === null || change.strategy === undefined) continue;
    const ends = shiftEnds({ version: change.to, strategy: change.strategy, shiftingSince: change.at });
    shift = { to: change.to, ends: Date.parse(ends ?? change.at) };
    settle(at);
  }
  settle(time);
  return { stable, candidate: shift?.to ?? null };
}
