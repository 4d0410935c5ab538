/**
 * Shows a run while it goes on: redraws a tree on a terminal, prints a line per change elsewhere.
 */
import { taskLine, renderTaskTree, type TaskView } from './render/task-tree';
import type { Output } from './output';

export class LiveTree {
  private drawn = 0;
  private readonly printed = new Map<string, string>();

  constructor(
    private readonly output: Output,
    private readonly now: () => number = Date.now,
  ) {}

  update(tasks: readonly TaskView[]): void {
    if (this.output.json) return;
    if (this.output.interactive) this.redraw(tasks);
    else this.printChanges(tasks);
  }

  private redraw(tasks: readonly TaskView[]): void {
    const lines = renderTaskTree(tasks, this.now(), this.output.color);
    const up = this.drawn > 0 ? `\u001B[${this.drawn}A` : '';
    this.output.raw(`${up}${lines.map((line) => `\u001B[2K${line}\n`).join('')}`);
    this.drawn = lines.length;
  }

  private printChanges(tasks: readonly TaskView[]): void {
    const width = Math.max(...tasks.map((task) => task.id.length));
    for (const task of tasks) {
      const key = `${task.state}#${task.attempt}`;
      if (task.state === 'waiting' || this.printed.get(task.id) === key) continue;
      this.printed.set(task.id, key);
      this.output.line(taskLine({ ...task, group: undefined }, width, this.now(), this.output.color));
    }
  }
}
