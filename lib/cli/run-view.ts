import type { RecordedJob } from '../model/job';
import type { Json } from '../model/json';
import type { TaskView } from './render/task-tree';

/** A run as the command line shows it and as `--json` prints it. */
export interface RunView {
  readonly runId: string;
  readonly pipeline: string;
  readonly status: string;
  readonly trigger: string;
  readonly logicalDate: string;
  readonly startedAt: string;
  readonly endedAt?: string | undefined;
  readonly executionArn: string;
  readonly message?: string | undefined;
  readonly params: Json;
  /** Version of the pipeline that it ran first. */
  readonly version?: number | undefined;
  /** What the pipeline returned. */
  readonly result?: Json | undefined;
  readonly commit: string;
  readonly tasks: readonly RunTaskView[];
}

export interface RunTaskView extends TaskView {
  readonly memoryMb?: number | undefined;
  readonly durationMs?: number | undefined;
  /** Of a task that runs in a container: its last job. */
  readonly job?: RecordedJob | undefined;
  /** The task's recorded output; parts of it may be markers of objects in S3. */
  readonly out?: Json | undefined;
}
