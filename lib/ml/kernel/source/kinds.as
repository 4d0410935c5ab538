/** What each kind of job calls. The numbers are those of `JobKind` in kernel.ts. */
import { growForestTree } from './forest';
import { logisticRows } from './gradients';
import { growChildren } from './histograms';

export function runJob(kind: i32, job: i32, thread: i32): void {
  switch (kind) {
    case 0:
      return growChildren(job, thread);
    case 1:
      return logisticRows(job);
    case 2:
      return growForestTree(job, thread);
  }
}
