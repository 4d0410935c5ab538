/** What the function `jobs` asks a service for: how a job is, by its name, and to stop it. */
import type { JobPlace } from '../../model/job';

export interface JobState {
  /** `gone`: the service knows no job of that name, or no more. */
  readonly status: 'running' | 'succeeded' | 'failed' | 'gone';
  readonly reason?: string;
  readonly exitCode?: number;
  /** Milliseconds since the epoch. */
  readonly startedAt?: number;
  /** Stream, or the beginning of its name, in the log group of the job. */
  readonly stream?: string;
}

export interface JobService {
  describe(place: JobPlace, name: string): Promise<JobState>;
  stop(place: JobPlace, name: string, reason: string): Promise<void>;
  /** The last lines of a job whose service keeps no log group. */
  lines?(place: JobPlace, name: string): Promise<readonly string[]>;
}
