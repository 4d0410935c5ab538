import type { LocalCommand } from './compute';

/** What a pipeline has on one machine in place of the world around it. Nothing of it is deployed. */
export interface LocalWorld {
  /** Ids of pipelines that make what this one reads: `millrace run` runs first those that have never succeeded here. */
  readonly after: readonly string[];
  /** Stands in for outside services and clients, as long as a run or `millrace dev` goes on. */
  readonly beside?: LocalCommand;
}
