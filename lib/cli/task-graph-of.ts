import { edgesOf } from '../model/edges';
import type { PipelineModel } from '../model/pipeline';
import type { TaskGraph } from './render/task-graph';

/** The drawable graph of a definition; edges that follow from others are left out. */
export function taskGraphOf(model: PipelineModel): TaskGraph {
  const edges = edgesOf(model);
  const direct = new Map<string, string[]>();
  for (const edge of edges) direct.set(edge.from, [...(direct.get(edge.from) ?? []), edge.to]);
  const reaches = (from: string, to: string, seen = new Set<string>()): boolean =>
    (direct.get(from) ?? []).some(
      (next) => next === to || (!seen.has(next) && (seen.add(next), reaches(next, to, seen))),
    );
  const kept = edges.filter(
    (edge) =>
      edge.choice !== undefined ||
      !(direct.get(edge.from) ?? []).some((next) => next !== edge.to && reaches(next, edge.to)),
  );
  return {
    title: `${model.id}: ${model.description}`,
    tasks: model.tasks.map((task) => ({
      id: task.id,
      label: task.group === undefined ? task.id : task.id.slice(task.group.length + 1),
      kind: task.kind,
      ...(task.group === undefined ? {} : { group: task.group }),
    })),
    edges: kept.map((edge) => ({
      from: edge.from,
      to: edge.to,
      ...(edge.choice === undefined ? {} : { label: edge.choice }),
    })),
    groups: model.groups,
  };
}
