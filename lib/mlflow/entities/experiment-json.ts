import type { Experiment } from '../../tracking/experiments';
import { toClientUri } from '../artifact-uris';
import { keyValues } from './key-values';

export function experimentJson(experiment: Experiment): object {
  return {
    experiment_id: experiment.id,
    name: experiment.name,
    artifact_location: toClientUri(experiment.artifactLocation),
    lifecycle_stage: experiment.lifecycleStage,
    last_update_time: Date.parse(experiment.updatedAt),
    creation_time: Date.parse(experiment.createdAt),
    tags: keyValues(experiment.tags),
  };
}
