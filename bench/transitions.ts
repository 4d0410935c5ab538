/**
 * State transitions per task of the shipped pipelines, on the way on which nothing fails: what Step Functions bills,
 * against one transition a task, the least that is possible.
 *
 *   npm run bench:transitions
 */
import { join } from 'node:path';
import { compile } from '../lib/compiler/compile';
import { stateNameOf } from '../lib/compiler/names';
import { ASSUMED_ITEMS, transitionsOf } from '../lib/compiler/transitions';
import { loadPipelines } from '../lib/dsl/load-pipelines';
import type { TaskNode } from '../lib/model/task-node';

{
  const { pipelines } = loadPipelines(join(__dirname, '..', 'pipelines'));
  const rows = pipelines.map(({ model }) => {
    const { definition } = compile(model);
    const names = new Set(allTasks(model.tasks).map(({ id }) => stateNameOf(id)));
    const tasks = transitionsOf(definition, (name) => (names.has(name) ? 1 : 0));
    const transitions = transitionsOf(definition);
    return { pipeline: model.id, tasks, transitions, around: 2 };
  });
  const total = {
    pipeline: 'all',
    tasks: rows.reduce((sum, { tasks }) => sum + tasks, 0),
    transitions: rows.reduce((sum, { transitions }) => sum + transitions, 0),
    around: rows.reduce((sum, { around }) => sum + around, 0),
  };
  console.log(`pipeline              tasks  transitions  per task  without Begin and Finish`);
  for (const { pipeline, tasks, transitions, around } of [...rows, total]) {
    const ratio = (transitions / tasks).toFixed(2);
    const own = ((transitions - around) / tasks).toFixed(2);
    console.log(
      `${pipeline.padEnd(20)} ${String(tasks).padStart(6)}  ${String(transitions).padStart(11)}  ${ratio.padStart(8)}  ${own.padStart(24)}`,
    );
  }
  console.log(`\nMaps over lists that are not constant count ${ASSUMED_ITEMS} items.`);
}

function allTasks(tasks: readonly TaskNode[]): TaskNode[] {
  return tasks.flatMap((task) => (task.kind === 'map' ? [task, ...allTasks(task.tasks)] : [task]));
}
