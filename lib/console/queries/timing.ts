/** How long tasks waited, and which of them the run waited for. */
export interface TimedTask {
  readonly id: string;
  readonly needs: readonly string[];
  /** Milliseconds since 1970; `null` for a task that did not run, or runs still. */
  readonly start: number | null;
  readonly end: number | null;
}

/**
 * Between the end of the last upstream task and the start of the task: that of the machine, of pools, of a cold function.
 * The first tasks wait from the start of the run. `null` for a task that did not run, or ran before (its memo stands).
 */
export function waits(tasks: readonly TimedTask[], runStart: number): Map<string, number | null> {
  const byId = new Map(tasks.map((task) => [task.id, task]));
  return new Map(
    tasks.map((task) => {
      if (task.start === null) return [task.id, null];
      const ready = Math.max(runStart, ...upstreamOf(task, byId).map((upstream) => upstream.end ?? runStart));
      return [task.id, task.start >= ready ? task.start - ready : null];
    }),
  );
}

/** The critical path: from the task that ended last, always back to the upstream task that ended last. */
export function criticalPath(tasks: readonly TimedTask[]): string[] {
  const byId = new Map(tasks.map((task) => [task.id, task]));
  let here = lastOf(tasks);
  const path: string[] = [];
  while (here !== undefined && !path.includes(here.id)) {
    path.unshift(here.id);
    here = lastOf(upstreamOf(here, byId));
  }
  return path;
}

/** Upstream tasks that ran; one that did not (a branch, a join) stands for its own upstream tasks. */
function upstreamOf(
  task: TimedTask,
  byId: ReadonlyMap<string, TimedTask>,
  seen = new Set<string>(),
): TimedTask[] {
  return task.needs.flatMap((id) => {
    const upstream = byId.get(id);
    if (upstream === undefined || seen.has(id)) return [];
    seen.add(id);
    return upstream.end === null ? upstreamOf(upstream, byId, seen) : [upstream];
  });
}

function lastOf(tasks: readonly TimedTask[]): TimedTask | undefined {
  return tasks
    .filter((task) => task.end !== null)
    .reduce<TimedTask | undefined>(
      (last, task) => (last === undefined || (task.end ?? 0) > (last.end ?? 0) ? task : last),
      undefined,
    );
}
