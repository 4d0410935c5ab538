/** The variables and connections that the tasks of this project use. */
import { loadPipelines } from '../dsl/load-pipelines';
import { withMapped } from '../model/edges';
import type { UsedConnection, UsedVariable } from '../model/uses';
import type { Project } from './project';

export interface Declared<Used> {
  readonly used: Used;
  /** `<pipeline>/<task>` of those that read it. */
  readonly by: readonly string[];
}

/** By name. A file with faults declares nothing. */
export function declaredUses(project: Pick<Project, 'pipelines'>): {
  readonly variables: ReadonlyMap<string, Declared<UsedVariable>>;
  readonly connections: ReadonlyMap<string, Declared<UsedConnection>>;
} {
  const variables = new Map<string, Declared<UsedVariable>>();
  const connections = new Map<string, Declared<UsedConnection>>();
  for (const { model } of loadPipelines(project.pipelines).pipelines)
    for (const task of withMapped(model.tasks)) {
      if (task.kind !== 'task' || task.uses === undefined) continue;
      const by = `${model.id}/${task.id}`;
      for (const used of task.uses.variables) note(variables, used, by);
      for (const used of task.uses.connections) note(connections, used, by);
    }
  return { variables, connections };
}

function note<Used extends { readonly name: string }>(
  into: Map<string, Declared<Used>>,
  used: Used,
  by: string,
): void {
  const known = into.get(used.name);
  into.set(used.name, { used: known?.used ?? used, by: [...(known?.by ?? []), by] });
}
