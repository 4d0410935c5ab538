/**
 * A tracking store as a folder of files:
 *
 *   millrace-export.json    format and counts; written last, so that a folder without it is no export
 *   experiments.jsonl       a line each; also runs, metrics, datasets, logged-models, models, versions, events, artifacts
 *   objects/<sha256>        what artifacts hold, once for the same bytes
 *
 * Ids of runs, logged models and registered models stay; ids of experiments are those of the store that it came from.
 */
import type { Experiment } from './experiments';
import type { LoggedModel } from './logged-models';
import type { Recipe } from './recipes';
import type { LatestMetric, RunDocument } from './run-document';
import type { RegisteredModel } from './registered-models';
import type { RegistryEvent } from './registry-events';
import type { ModelVersion } from './model-versions';

export const FORMAT = 1;
export const MANIFEST = 'millrace-export.json';
export const OBJECTS = 'objects';

/** What each file holds, by its name without the ending. */
export interface Records {
  readonly experiments: Experiment;
  readonly runs: RunDocument & { readonly recipes?: readonly Recipe[] };
  readonly metrics: {
    readonly runId: string;
    readonly key: string;
    readonly points: readonly LatestMetric[];
  };
  readonly datasets: { readonly experimentId: string; readonly item: DatasetItem };
  readonly 'logged-models': LoggedModel;
  readonly models: RegisteredModel;
  readonly versions: { readonly modelId: string; readonly item: VersionItem };
  readonly events: { readonly modelId: string; readonly rev: number; readonly item: RegistryEvent };
  readonly artifacts: ArtifactRecord;
}

export type Kind = keyof Records;

export const KINDS: readonly Kind[] = [
  'experiments',
  'runs',
  'metrics',
  'datasets',
  'logged-models',
  'models',
  'versions',
  'events',
  'artifacts',
];

export interface DatasetItem {
  readonly name: string;
  readonly digest: string;
}

export type VersionItem = ModelVersion & { readonly deleted?: true };

export interface ArtifactRecord {
  /** The run or logged model that it belongs to. */
  readonly owner: { readonly kind: 'run' | 'logged-model'; readonly id: string };
  /** Below the owner's folder. */
  readonly path: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly contentType?: string;
}

export type Counts = Readonly<Record<Kind, number>>;

export interface Manifest {
  readonly format: number;
  readonly exportedAt: string;
  /** Bucket of the store that it came from: what lies in it has moved. */
  readonly bucket: string;
  readonly counts: Counts;
}
