/** Experiment tracking as a task sees it: ids follow from the run and the execution, so a retry continues what it began. */
import { createHash } from 'node:crypto';
import { resourceNames } from '../aws/environment';
import type { ObjectStore, StoredObject } from '../aws/object-store';
import type { TaskEvent } from '../model/envelope';
import { ensureExperiment } from './experiments';
import type { Lineage } from './model-registry';
import { createRun, endRun, getRun, logInput, logMetrics, logParams, setTags, type RunStatus } from './runs';

export interface ActiveRun {
  readonly runId: string;
  /** Key of an artifact of this run in the data bucket. */
  artifactKey(path: string): string;
  logParams(params: Readonly<Record<string, unknown>>): Promise<void>;
  logMetrics(metrics: Readonly<Record<string, number>>, options?: { readonly step?: number }): Promise<void>;
  setTags(tags: Readonly<Record<string, string>>): Promise<void>;
  logInput(
    dataset: { readonly name: string; readonly uri: string; readonly sha256: string; readonly rows: number },
    context: string,
  ): Promise<void>;
  logArtifact(path: string, body: Uint8Array | string, contentType?: string): Promise<StoredObject>;
  end(status?: RunStatus): Promise<void>;
}

export interface TaskTracking {
  readonly experimentId: string;
  readonly parentRunId: string;
  /** A run under the pipeline run's parent. */
  startRun(run: {
    readonly name: string;
    readonly tags?: Readonly<Record<string, string>>;
  }): Promise<ActiveRun>;
  /** A run that another task started. */
  activeRun(runId: string): Promise<ActiveRun>;
  /** What a model version made by this task leads back to. */
  lineage(datasets: Lineage['datasets']): Lineage;
}

/** Id of the tracked run that stands for a logical run. */
export function parentRunIdOf(logicalRunId: string): string {
  return digest(`parent#${logicalRunId}`);
}

export async function openTaskTracking(event: TaskEvent, objects: ObjectStore): Promise<TaskTracking> {
  const { run } = event;
  const experiment = await ensureExperiment(run.pipeline);
  const parentRunId = parentRunIdOf(run.id);
  const code = {
    'mlflow.source.name': `pipelines/${run.pipeline}`,
    'mlflow.source.type': 'JOB',
    'mlflow.source.git.commit': run.code.commit,
    'millrace.gitDirty': String(run.code.dirty),
    'millrace.run': run.id,
    'millrace.execution': event.execution,
  };
  await createRun({
    runId: parentRunId,
    experimentId: experiment.id,
    runName: run.id,
    // The same for every task of the run, so that all of them mean the same item.
    startTime: Date.parse(run.startedAt),
    tags: code,
  });
  const active = (runId: string, experimentId: string): ActiveRun => {
    const artifactKey = (path: string) => `artifacts/${experimentId}/${runId}/${path}`;
    return {
      runId,
      artifactKey,
      logParams: (params) =>
        logParams(
          runId,
          Object.fromEntries(
            Object.entries(params).map(([key, value]) => [
              key,
              typeof value === 'string' ? value : JSON.stringify(value),
            ]),
          ),
        ),
      // The moment is that of the logical run: a retry writes the same points.
      logMetrics: (metrics, options = {}) =>
        logMetrics(runId, metrics, { step: options.step ?? 0, timestamp: Date.parse(run.startedAt) }),
      setTags: (tags) => setTags(runId, tags),
      logInput: (dataset, context) =>
        logInput(runId, {
          name: dataset.name,
          digest: dataset.sha256.slice(0, 36),
          source: dataset.uri,
          context,
          rows: dataset.rows,
        }),
      logArtifact: (path, body, contentType) =>
        objects.putBytes(artifactKey(path), body, contentType === undefined ? {} : { contentType }),
      end: (status = 'FINISHED') => endRun(runId, status, Date.now()),
    };
  };
  return {
    experimentId: experiment.id,
    parentRunId,
    startRun: async ({ name, tags = {} }) => {
      const runId = digest(`task#${event.execution}#${event.task}#${name}`);
      await createRun({
        runId,
        experimentId: experiment.id,
        runName: name,
        startTime: Date.parse(run.startedAt),
        tags: {
          ...code,
          ...tags,
          'mlflow.parentRunId': parentRunId,
          'millrace.task': event.task,
          'millrace.codeHash': resourceNames().codeHash,
        },
      });
      return active(runId, experiment.id);
    },
    activeRun: async (runId) => active(runId, (await getRun(runId)).experimentId),
    lineage: (datasets) => ({
      pipeline: run.pipeline,
      logicalRun: run.id,
      task: event.task,
      execution: event.execution,
      commit: run.code.commit,
      dirty: run.code.dirty,
      codeHash: resourceNames().codeHash,
      datasets,
    }),
  };
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}
