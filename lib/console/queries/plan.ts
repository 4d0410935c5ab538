/** The working copy of a pipeline beside what is deployed, in one graph. The comparison is that of `millrace plan`. */
import { planPipeline, planRemoval, type PipelinePlan } from '../../orchestration/plan/plan-pipelines';
import { resourceNames } from '../../aws/environment';
import type { CataloguePipeline } from '../catalogue';
import { notFound } from '../console-error';
import type { ConsoleOptions } from '../console-options';
import type { GraphEdge, GraphTask } from '../views/graph';
import type { PlanView, TaskChange } from '../views/plan';
import { deployedMachines } from './deployed';
import { graphOf } from './graph';
import { findPipeline } from './pipeline';

/** @throws ConsoleError 404 where nothing is known but what is deployed */
export async function readPlan(options: ConsoleOptions, id: string): Promise<PlanView> {
  if (options.working === undefined)
    throw notFound(`plan of '${id}' here`, 'The command line tells it: `npx millrace plan`.');
  const [{ pipelines }, working, machines] = await Promise.all([
    options.catalogue(),
    options.working(),
    deployedMachines(),
  ]);
  const deployed = pipelines.find((one) => one.id === id);
  const wanted = working.catalogue.pipelines.find((one) => one.id === id);
  // An unknown name, and not a pipeline that goes.
  if (wanted === undefined) await findPipeline(options, id);
  const plan = await planOf(id, wanted, working.definitions, machines.get(id), options.where);
  const removed = wanted === undefined ? (deployed?.tasks ?? []).map((task) => task.id) : plan.removed;
  const faults = working.catalogue.failures.filter(({ file }) => file === (wanted ?? deployed)?.file);
  const broken = wanted === undefined && faults.length > 0;
  return {
    of: working.of,
    change: broken ? 'broken' : plan.change,
    ...together(wanted, deployed, removed),
    changes: broken ? {} : changesOf({ ...plan, removed }),
    start: plan.start,
    runsInFlight: plan.runsInFlight,
    notes: broken ? [] : plan.notes,
    faults,
  };
}

async function planOf(
  id: string,
  wanted: CataloguePipeline | undefined,
  definitions: ReadonlyMap<string, string>,
  arn: string | undefined,
  where: ConsoleOptions['where'],
): Promise<PipelinePlan> {
  if (wanted !== undefined)
    return planPipeline(
      { ...wanted, jobs: wanted.jobs ?? [] },
      definitions.get(wanted.machine) ?? '{"States":{}}',
      arn,
    );
  const machine = `millrace-${resourceNames().stage}-${id}`;
  if (arn !== undefined) return planRemoval(id, { machine, arn, where });
  throw notFound(`pipeline '${id}', deployed or in the working copy`, 'See the list of pipelines.');
}

/** The strongest of what happens to each task. */
function changesOf({ added, removed, changed, code }: PipelinePlan): Record<string, TaskChange> {
  const of = (change: TaskChange, ids: readonly string[]) => ids.map((id) => [id, change] as const);
  return Object.fromEntries([
    ...of('code', code),
    ...of('changed', changed),
    ...of('added', added),
    ...of('removed', removed),
  ]);
}

/** Tasks that go stand where they stood, with the lines they had. */
function together(
  wanted: CataloguePipeline | undefined,
  deployed: CataloguePipeline | undefined,
  removed: readonly string[],
): { readonly tasks: readonly GraphTask[]; readonly edges: readonly GraphEdge[] } {
  const now = wanted === undefined ? { tasks: [], edges: [] } : graphOf(wanted);
  const before = deployed === undefined ? { tasks: [], edges: [] } : graphOf(deployed);
  const gone = new Set(removed);
  const known = new Map([...before.tasks, ...now.tasks].map((task) => [task.id, task]));
  const old = removed.map(
    (id): GraphTask => known.get(id) ?? { id, kind: 'task', contract: null, group: null, needs: [] },
  );
  const present = new Set([...now.tasks, ...old].map(({ id }) => id));
  const lines = before.edges.filter(
    ({ from, to }) => (gone.has(from) || gone.has(to)) && present.has(from) && present.has(to),
  );
  return { tasks: [...now.tasks, ...old], edges: [...now.edges, ...lines] };
}
