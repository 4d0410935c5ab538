/** Which paths of each task's output the rest of the machine reads, and which of them must stay in the state. */
import type { ReturnMode } from '../model/envelope';
import { valueOf, withMapped } from '../model/edges';
import { parsePath } from '../model/json-path';
import type { PipelineModel } from '../model/pipeline';
import { isWork } from '../model/task-node';
import { formatPath, type Value } from '../model/value';

export function returnsOf(model: PipelineModel): ReadonlyMap<string, Record<string, ReturnMode>> {
  const result = new Map<string, Record<string, ReturnMode>>(
    withMapped(model.tasks).map((task) => [task.id, {}]),
  );
  const visit = (value: Value, computed: boolean): void => {
    switch (value.kind) {
      case 'output': {
        const paths = result.get(value.task);
        if (paths === undefined) return;
        const path = formatPath(value.path);
        if (computed || paths[path] === undefined) paths[path] = computed ? 'inline' : 'any';
        return;
      }
      case 'array':
        value.items.forEach((item) => visit(item, computed));
        return;
      case 'object':
        Object.values(value.fields).forEach((field) => visit(field, computed));
        return;
      case 'url-encoded':
        visit(value.value, true);
        return;
      case 'text':
        value.parts.forEach((part) => visit(part, true));
        return;
      case 'compare':
        visit(value.left, true);
        visit(value.right, true);
        return;
      case 'logic':
        value.operands.forEach((operand) => visit(operand, true));
        return;
      case 'combine':
        Object.values(value.lists).forEach((list) => visit(list, true));
        return;
      case 'literal':
      case 'param':
      case 'run':
      case 'item':
      case 'index':
        return;
    }
  };
  const tasks = withMapped(model.tasks);
  for (const task of tasks) {
    const value = valueOf(task);
    if (task.kind === 'container') {
      visit(task.input, false);
      visit(task.arguments, true);
      visit(task.environment, true);
    } else if (value !== undefined) visit(value, task.kind !== 'task');
    if (isWork(task) && task.partitionKey !== undefined) visit(task.partitionKey, true);
  }
  if (model.result !== undefined) visit(model.result, false);
  // What is read of the list of results is read of what the items yield.
  for (const task of tasks) {
    if (task.kind !== 'map') continue;
    for (const [path, mode] of Object.entries(result.get(task.id) ?? {})) {
      const below = parsePath(path).slice(1);
      const { result: yielded } = task;
      if (yielded.kind === 'output')
        visit({ ...yielded, path: [...yielded.path, ...below] }, mode === 'inline');
      else visit(yielded, mode === 'inline' || below.length > 0);
    }
  }
  return result;
}
