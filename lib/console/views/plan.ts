/** What a deployment would change of a pipeline, as the API answers it. */
import type { LoadFault } from '../catalogue';
import type { GraphEdge, GraphTask } from './graph';

export type TaskChange = 'added' | 'removed' | 'changed' | 'code';

export interface PlanView {
  /** What is held against what is deployed: files of the project, or what the console was deployed with. */
  readonly of: 'files' | 'console';
  /** `broken`: the file that defines it could not be loaded. */
  readonly change: 'new' | 'removed' | 'changed' | 'unchanged' | 'broken';
  /** Both graphs together: that of the working copy, and what it removes. */
  readonly tasks: readonly GraphTask[];
  readonly edges: readonly GraphEdge[];
  /** By task; what stays as it is has none. */
  readonly changes: Readonly<Record<string, TaskChange>>;
  /** Params, schedule or concurrency. */
  readonly start: boolean;
  readonly runsInFlight: number;
  readonly notes: readonly string[];
  /** Of the file that defines it. */
  readonly faults: readonly LoadFault[];
}
