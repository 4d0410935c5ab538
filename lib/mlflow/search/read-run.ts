import type { RunDocument } from '../../tracking/run-document';
import { toClientUri } from '../artifact-uris';
import { own } from '../entities/key-values';
import { datasetsOf, userOf } from '../entities/run-json';
import type { Reading } from './matches';
import type { Field } from './conditions';

/** What a run has under a field of the grammar RUNS. */
export function readRun(run: RunDocument, { entity, key }: Field): Reading {
  switch (entity) {
    case 'metric': {
      const latest = own(run.m, key);
      return latest === undefined ? undefined : Number(latest.v);
    }
    case 'parameter':
      return own(run.p, key);
    case 'tag':
      return own(run.t, key);
    case 'dataset':
      return datasetsOf(run).map((dataset) =>
        key === 'name'
          ? dataset.name
          : key === 'digest'
            ? dataset.digest
            : dataset.tags['mlflow.data.context'],
      );
    default:
      return ATTRIBUTES[key]?.(run);
  }
}

const ATTRIBUTES: Readonly<Record<string, (run: RunDocument) => Reading>> = {
  run_id: (run) => run.runId,
  run_name: (run) => run.runName,
  user_id: userOf,
  status: (run) => run.status,
  artifact_uri: (run) => toClientUri(run.artifactUri),
  start_time: (run) => run.startTime,
  end_time: (run) => run.endTime,
};
