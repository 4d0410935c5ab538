import { edgesOf } from '../model/edges';
import { CliError, EXIT } from './cli-error';
import { findPipeline } from './definitions';
import type { Project } from './project';
import { didYouMean } from '../model/suggest';

/** The tasks that are cleared when some are: with `only` these, else with all that wait for them. @throws CliError */
export function clearedTasks(
  project: Project,
  pipeline: string,
  tasks: readonly string[],
  only: boolean,
): string[] {
  const { model } = findPipeline(project, pipeline);
  const ids = model.tasks.map((task) => task.id);
  const unknown = tasks.find((task) => !ids.includes(task));
  if (unknown !== undefined)
    throw new CliError(`${pipeline} has no task '${unknown}'.`, {
      code: EXIT.usage,
      where: pipeline,
      remedy: `${didYouMean(unknown, ids)}Tasks: ${ids.join(', ')}.`,
    });
  if (only) return [...tasks];
  const edges = edgesOf(model);
  const cleared = new Set(tasks);
  // A set hands out what is added while it is gone through.
  for (const id of cleared) for (const edge of edges) if (edge.from === id) cleared.add(edge.to);
  return ids.filter((id) => cleared.has(id));
}
