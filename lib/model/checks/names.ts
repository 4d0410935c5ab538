import type { Diagnostic } from '../diagnostic';
import { withMapped } from '../edges';
import type { PipelineModel } from '../pipeline';
import type { TaskNode } from '../task-node';

const NAME = /^[a-z0-9]+(-[a-z0-9]+)*$/;
/** Names of states and executions have at most 80 characters; a pipeline's id is part of `millrace-<stage>-<id>`. */
const MAX_PIPELINE = 40;
const MAX_STATE = 76;
/** What some kinds add to the names of further states. */
const SUFFIX: Readonly<Record<TaskNode['kind'], number>> = {
  task: 0,
  branch: 0,
  choose: 0,
  'short-circuit': 0,
  wait: 0,
  trigger: 0,
  call: 0,
  query: 'result of '.length - '?'.length,
  container: 'prepare '.length - '?'.length,
  empty: 0,
  map: ' item ended'.length - '?'.length,
  approval: ': decided'.length - '?'.length,
};
/** A task of a contract that runs in a container has the further states of a container. */
function suffixOf(task: TaskNode): number {
  return SUFFIX[task.kind === 'task' && task.compute !== undefined ? 'container' : task.kind];
}

/** States of the machine itself. */
const RESERVED = new Set(['begin', 'finish', 'succeeded', 'failed', 'run']);

export function checkNames(model: PipelineModel): Diagnostic[] {
  const found: Diagnostic[] = [];
  const add = (code: string, path: string, message: string, hint: string) =>
    found.push({ code, severity: 'error', path, message, hint });
  if (!NAME.test(model.id) || model.id.length > MAX_PIPELINE) {
    add(
      'MR101',
      model.id,
      `The pipeline id '${model.id}' is not lower-case words with hyphens of at most ${MAX_PIPELINE} characters.`,
      "Name it like 'credit-risk'.",
    );
  }
  if (model.tasks.length === 0)
    add('MR102', model.id, 'The pipeline has no tasks.', 'Call at least one task in its body.');
  const seen = new Map<string, string | undefined>();
  for (const task of withMapped(model.tasks)) {
    const path = `${model.id} / ${task.id}`;
    const place = task.place === undefined ? '' : ` (${task.place})`;
    if (seen.has(task.id)) {
      const first = seen.get(task.id);
      add(
        'MR103',
        path,
        `Two tasks are called '${task.id}'${place}${first === undefined ? '' : `, the other one at ${first}`}.`,
        'Give one of them another id, or put it into a group.',
      );
    }
    seen.set(task.id, task.place);
    if (!task.id.split('/').every((part) => NAME.test(part))) {
      add(
        'MR104',
        path,
        `The task id '${task.id}' is not lower-case words with hyphens${place}.`,
        "Name it like 'random-forest'.",
      );
    }
    const most = MAX_STATE - suffixOf(task);
    if (task.id.replaceAll('/', ' / ').length > most) {
      add(
        'MR105',
        path,
        `The task id '${task.id}' is longer than ${most} characters${place}.`,
        'Shorten it, or its groups: Step Functions allows 80 for the name of a state.',
      );
    }
    if (RESERVED.has(task.id)) {
      add(
        'MR106',
        path,
        `'${task.id}' is a name of the machine itself${place}.`,
        'Give the task another id.',
      );
    }
  }
  const variables = new Map<string, string>();
  for (const id of seen.keys()) {
    const variable = id.replace(/[^a-z0-9]+/g, '_');
    const other = variables.get(variable);
    if (other !== undefined) {
      add(
        'MR107',
        `${model.id} / ${id}`,
        `'${id}' and '${other}' would share the variable $${variable}.`,
        'Let them differ in more than hyphens and slashes.',
      );
    }
    variables.set(variable, id);
  }
  for (const group of model.groups) {
    if (seen.has(group))
      add('MR108', `${model.id} / ${group}`, `'${group}' is both a group and a task.`, 'Rename one of them.');
  }
  return found;
}
