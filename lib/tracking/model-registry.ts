/** The model registry as a task sees it: who acts, and what a version leads back to, follow from the task. */
import type { PromotionGates } from '../tasks/promotion-gates';
import { approveVersion, recordComparison, reportDrift, setGates } from './gate-records';
import type { Comparison } from './judge-gates';
import type { Lineage } from './lineage';
import {
  createVersion,
  getVersion,
  getVersionByAlias,
  listVersions,
  type ModelVersion,
  type NewVersion,
} from './model-versions';
import { promote, type Promotion, type PromotionRequest } from './promotion';
import { getModel, listModels, type RegisteredModel } from './registered-models';
import { listEvents, type RegistryEvent } from './registry-events';
import { rollback, type RollbackRequest } from './rollback';
import { getRun } from './runs';

export {
  createVersion,
  getVersion,
  getVersionByAlias,
  getModel,
  listEvents,
  listModels,
  listVersions,
  promote,
  rollback,
};

export interface ModelRegistry {
  /** Lineage comes from the run's inputs and from the task. @throws TrackingRefused for an unknown run or a bad name */
  createVersion(version: Omit<NewVersion, 'lineage' | 'by'>): Promise<ModelVersion>;
  /** @throws TrackingRefused */
  getVersion(name: string, version: string): Promise<ModelVersion>;
  getVersionByAlias(name: string, alias: string): Promise<ModelVersion | undefined>;
  /** @throws ChampionChanged, PromotionRefused, TrackingRefused */
  promote(request: Omit<PromotionRequest, 'by'> & { readonly by?: string }): Promise<Promotion>;
  /** @throws ChampionChanged, TrackingRefused */
  rollback(request: Omit<RollbackRequest, 'by'> & { readonly by?: string }): Promise<Promotion>;
  /** What stands before aliases and stages from now on. */
  setGates(name: string, gates: PromotionGates): Promise<void>;
  /** That a person, whom the task asked, approved of the version. */
  approve(
    name: string,
    version: string,
    approval: { readonly by: string; readonly reason: string },
  ): Promise<void>;
  /** How a version did against another one on the same held-out rows. */
  recordComparison(name: string, version: string, comparison: Comparison, reason: string): Promise<void>;
  /** Opens or closes the alarm that this task keeps of a model. @throws TrackingRefused when there is no such model */
  reportDrift(name: string, drift: { readonly drifted: boolean; readonly reason: string }): Promise<void>;
  getModel(name: string): Promise<RegisteredModel>;
  listModels(): Promise<RegisteredModel[]>;
  /** Newest first. */
  listVersions(name: string): Promise<ModelVersion[]>;
  /** Newest first. */
  listEvents(name: string): Promise<RegistryEvent[]>;
}

/** What a task brings to the lineage; the datasets come from the tracked run. */
export type Origin = Omit<Lineage, 'datasets'>;

export function modelRegistry(origin: Origin): ModelRegistry {
  const by = origin.execution;
  return {
    createVersion: async (version) => {
      const { inputs } = await getRun(version.runId);
      const datasets = inputs.map(({ name, uri, sha256, versionId, context }) => ({
        name,
        uri,
        sha256,
        context,
        ...(versionId === undefined ? {} : { versionId }),
      }));
      return createVersion({ ...version, by, lineage: { ...origin, datasets } });
    },
    promote: (request) => promote({ by, ...request }),
    rollback: (request) => rollback({ by, ...request }),
    setGates: async (name, gates) =>
      setGates(name, gates, { by, reason: `declared by ${origin.pipeline}/${origin.task}` }),
    approve: approveVersion,
    recordComparison: async (name, version, comparison, reason) =>
      recordComparison(name, version, comparison, { by, reason }),
    reportDrift: async (name, drift) =>
      reportDrift(name, { ...drift, monitor: `${origin.pipeline}/${origin.task}`, by }),
    getVersion,
    getVersionByAlias,
    getModel,
    listModels,
    listVersions,
    listEvents,
  };
}
