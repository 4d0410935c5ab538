import type { Alerts } from './alerts';
import type { JsonObject } from './json';
import type { LocalWorld } from './local-world';
import type { Schedule, Trigger } from './schedule';
import type { TaskNode } from './task-node';
import type { Value } from './value';

/** A pipeline as plain immutable data: what the builders assemble and everything later reads. */
export interface PipelineModel {
  readonly id: string;
  readonly description: string;
  readonly owner?: string;
  readonly tags: readonly string[];
  readonly schedule: Schedule;
  readonly triggers: readonly Trigger[];
  /** ISO dates. */
  readonly startDate?: string;
  readonly endDate?: string;
  readonly catchup: boolean;
  /** @default interval-start */
  readonly logicalDate?: 'interval-start' | 'run-time';
  readonly maxActiveRuns: number;
  /** Tasks that run at the same time, over all runs. @default no limit */
  readonly maxActiveTasks?: number;
  /** The same over all pipelines of a stage, which a deployment says. @default no limit */
  readonly maxActiveTasksInStage?: number;
  readonly dependsOnPast: boolean;
  /** `continue`: other branches go on after a failure. `failFast`: everything stops. */
  readonly failureMode: 'continue' | 'failFast';
  readonly runTimeoutSeconds: number;
  /** Those of single tasks are with the tasks. @default nobody is told */
  readonly alerts?: Omit<Alerts, 'tasks'>;
  /** JSON Schema, draft 2020-12, input side, with defaults. */
  readonly paramsSchema: JsonObject;
  /** What a run returns. @default nothing */
  readonly result?: Value;
  /** For `millrace run` and `millrace dev`; never compiled. @default nothing */
  readonly local?: LocalWorld;
  readonly tasks: readonly TaskNode[];
  /** Group ids in order of definition. */
  readonly groups: readonly string[];
}
