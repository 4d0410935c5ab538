/** What the states of a machine do besides invoking the pipeline's functions: what its role has to allow. */
import { withMapped } from '../model/edges';
import type { PipelineModel } from '../model/pipeline';
import type { LocalTables } from '../model/query-task';
import type { Permission, QueryTask } from '../model/task-node';
import { claimsOf } from './claims';
import { jobsOf, type JobSpec } from './jobs';
import { occasionsOf, tells } from './telling';

export type Integration =
  /** Iterations that are executions of their own. */
  | { readonly kind: 'distributed-map' }
  /** Items of the orchestration table that persons answer. */
  | { readonly kind: 'approval' }
  /** Slots of pools, which the launcher gives. */
  | { readonly kind: 'pool' }
  /** Runs of another pipeline: through the launcher, or started and waited for by the machine itself. */
  | { readonly kind: 'trigger'; readonly pipeline: string; readonly wait: boolean }
  /** Containers. */
  | { readonly kind: 'job'; readonly job: JobSpec }
  /** Records of queries, which the machine writes itself. */
  | { readonly kind: 'query' }
  /** Results of queries that other runs may use. */
  | { readonly kind: 'query-cache' }
  /** Events of tasks that no function runs. */
  | { readonly kind: 'tell' }
  /** Calls of AWS services. */
  | { readonly kind: 'call'; readonly task: string; readonly permissions: readonly Permission[] };

/** A query's own permissions, with what stands for the pipeline filled in. */
function permissionsOf({ permissions }: QueryTask, pipeline: string): Permission[] {
  return permissions.map(({ actions, resources }) => ({
    actions,
    resources: resources.map((resource) => resource.replace('{pipeline}', pipeline)),
  }));
}

/** What stands for the tables of a query on a developer's machine. */
export interface LocalQuery {
  readonly engine: QueryTask['engine'];
  readonly sql: string;
  readonly local: LocalTables;
}

export function queriesOf(model: PipelineModel): LocalQuery[] {
  return withMapped(model.tasks).flatMap((task) =>
    task.kind === 'query' && task.local !== undefined
      ? [{ engine: task.engine, sql: task.sql, local: task.local }]
      : [],
  );
}

export function integrationsOf(model: PipelineModel): Integration[] {
  const tasks = withMapped(model.tasks);
  const found: Integration[] = [];
  if (tasks.some((task) => task.kind === 'map' && task.mode === 'distributed'))
    found.push({ kind: 'distributed-map' });
  if (tasks.some((task) => task.kind === 'approval')) found.push({ kind: 'approval' });
  if (tasks.some((task) => claimsOf(model, task).length > 0)) found.push({ kind: 'pool' });
  if (tasks.some((task) => tells(occasionsOf(model, task)))) found.push({ kind: 'tell' });
  if (tasks.some((task) => task.kind === 'query' && task.cache !== undefined))
    found.push({ kind: 'query-cache' });
  for (const task of tasks) {
    if (task.kind === 'trigger') found.push({ kind: 'trigger', pipeline: task.pipeline, wait: task.wait });
    if (task.kind === 'query') {
      if (!found.some(({ kind }) => kind === 'query')) found.push({ kind: 'query' });
      found.push({ kind: 'call', task: task.id, permissions: permissionsOf(task, model.id) });
    }
    if (task.kind === 'call') found.push({ kind: 'call', task: task.id, permissions: task.permissions });
  }
  for (const job of jobsOf(model)) found.push({ kind: 'job', job });
  return found;
}
