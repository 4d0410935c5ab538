/** Experiment tracking as a task sees it. What the runtime knows is logged without being asked. */
import { resourceNames } from '../aws/environment';
import type { ObjectStore } from '../aws/object-store';
import type { Json, JsonObject } from '../model/json';
import type { CodeVersion } from '../model/run-context';
import type { DatasetRef, ObjectRef } from '../tasks/dataset';
import { ensureExperiment } from './experiments';
import { logInput } from './inputs';
import { logMetrics } from './metrics';
import { modelRegistry, type ModelRegistry } from './model-registry';
import { logParams } from './params';
import { logParent } from './parents';
import { recordRecipe } from './recipes';
import { createRun, endRun, getRun, type TrackedRun } from './runs';
import { isKey, MAX_DIGEST } from './limits';
import { setTags } from './tags';
import { itemOf } from './map-items';
import { childRunIdOf, mapRunIdOf, parentRunIdOf } from './tracked-run-ids';

/** A dataset as a run's input; further members of a `DatasetRef` are recorded when they are there. */
export type LoggedDataset = Pick<DatasetRef, 'name' | 'uri' | 'sha256'> & Partial<DatasetRef>;

export interface ActiveRun {
  readonly runId: string;
  /** Key of an artifact of this run in the data bucket: `artifacts/<experiment>/<run>/<path>`. */
  artifactKey(path: string): string;
  /** Immutable: logging another value later is refused. Values that are not text are logged as JSON. */
  logParams(params: Readonly<Record<string, unknown>>): Promise<void>;
  /** @default step 0 */
  logMetrics(metrics: Readonly<Record<string, number>>, options?: { readonly step?: number }): Promise<void>;
  setTags(tags: Readonly<Record<string, string>>): Promise<void>;
  /** `context`: what it was used for, e.g. `training`. */
  logInput(dataset: LoggedDataset, context: string): Promise<void>;
  /** That it went on learning from a registered version: lineage leads back to that. @throws TrackingRefused */
  logParent(parent: { readonly name: string; readonly version: string }): Promise<void>;
  logArtifact(path: string, body: Uint8Array | string, contentType?: string): Promise<ObjectRef>;
  /** @default status 'FINISHED' */
  end(status?: 'FINISHED' | 'FAILED'): Promise<void>;
}

export interface TaskTracking {
  /** Of the pipeline: they share the name. */
  readonly experimentId: string;
  readonly parentRunId: string;
  readonly registry: ModelRegistry;
  /** A run under the pipeline run's parent, or under that of the map whose item the task is. A retry goes on with it. */
  startRun(run: {
    readonly name: string;
    readonly tags?: Readonly<Record<string, string>>;
    /** Id of the run that it is a part of, as a trial is of a search. @default the run of the map or of the pipeline run */
    readonly under?: string;
  }): Promise<ActiveRun>;
  /** A run that another task started. @throws TrackingRefused when there is none */
  activeRun(runId: string): Promise<ActiveRun>;
}

/** What the runtime does with it when the task has ended. */
export interface OpenTaskTracking extends TaskTracking {
  /** Ends the runs that the task started and left open. */
  close(status: 'FINISHED' | 'FAILED'): Promise<void>;
}

/** What of an invocation tracking writes down. */
export interface TrackedTask {
  readonly task: string;
  readonly execution: string;
  readonly run: {
    readonly id: string;
    readonly pipeline: string;
    readonly trigger: string;
    readonly logicalDate: string;
    readonly startedAt: string;
    readonly code: CodeVersion;
    /** Logged with the run of the pipeline, but for names that MLflow has none of. @default none */
    readonly params?: JsonObject;
  };
  /** What the task was invoked with. @default the runs cannot be reproduced */
  readonly input?: Json;
  /** The run that this one makes again: it becomes its child. */
  readonly reproduces?: string;
}

/**
 * Writes nothing but the experiment if it is missing; the parent run is made with the first child.
 * @param codeHash of the function that the task runs in
 */
export async function openTaskTracking(
  event: TrackedTask,
  objects: ObjectStore,
  codeHash: string = resourceNames().codeHash,
): Promise<OpenTaskTracking> {
  const { run } = event;
  const experiment = await ensureExperiment(run.pipeline);
  const parentRunId = event.reproduces ?? parentRunIdOf(run.id);
  const open = new Set<string>();
  const tags = {
    'mlflow.source.name': `pipelines/${run.pipeline}`,
    'mlflow.source.type': 'JOB',
    'mlflow.source.git.commit': run.code.commit,
    'mlflow.user': 'millrace',
    'millrace.gitDirty': String(run.code.dirty),
    'millrace.run': run.id,
    'millrace.logicalDate': run.logicalDate,
    'millrace.trigger': run.trigger,
    'millrace.execution': event.execution,
    ...(event.reproduces === undefined ? {} : { 'millrace.reproduces': event.reproduces }),
  };
  const memoryMb = Number(process.env['AWS_LAMBDA_FUNCTION_MEMORY_SIZE']) || 0;
  const recipe = async (runId: string, name: string, made: boolean) => {
    if (event.input === undefined || event.reproduces !== undefined) return;
    await recordRecipe(runId, {
      made,
      task: event.task,
      name,
      input: event.input,
      run: run as unknown as JsonObject,
      function: process.env['AWS_LAMBDA_FUNCTION_NAME'] ?? '',
      codeHash,
      memoryMb,
      node: process.version,
    });
  };
  const ended = async (runId: string, status: 'FINISHED' | 'FAILED') => {
    // Of the process so far: what memory a function of this task needs at least.
    await setTags(runId, {
      'millrace.peakMemoryMb': String(Math.ceil(process.resourceUsage().maxRSS / 1024)),
    });
    await endRun(runId, status, Date.now());
  };
  let parent: Promise<unknown> | undefined;
  const ensureParent = () =>
    (parent ??= createRun({
      runId: parentRunId,
      experimentId: experiment.id,
      runName: run.id,
      startTime: Date.parse(run.startedAt),
      tags,
      params: asTexts(Object.fromEntries(Object.entries(run.params ?? {}).filter(([key]) => isKey(key)))),
    }));
  const item = itemOf(event.task);
  let ofMap: Promise<unknown> | undefined;
  /** The run that those of the task are parts of. */
  const ensureWhole = async (): Promise<string> => {
    // What is made again stands under the run that it is compared with.
    if (event.reproduces !== undefined) return parentRunId;
    await ensureParent();
    if (item === undefined) return parentRunId;
    const runId = mapRunIdOf(run.id, item.map);
    await (ofMap ??= createRun({
      runId,
      experimentId: experiment.id,
      runName: item.map,
      startTime: Date.now(),
      tags: { ...tags, 'millrace.map': item.map, 'mlflow.parentRunId': parentRunId },
    }));
    return runId;
  };
  const active = ({ runId, experimentId }: TrackedRun): ActiveRun => {
    const artifactKey = (path: string) => `artifacts/${experimentId}/${runId}/${path}`;
    return {
      runId,
      artifactKey,
      logParams: (params) => logParams(runId, asTexts(params)),
      logMetrics: (metrics, { step = 0 } = {}) =>
        logMetrics(
          runId,
          // The moment is that of the logical run: a retry writes the same points again instead of new ones.
          Object.entries(metrics).map(([key, value]) => ({
            key,
            value,
            step,
            timestamp: Date.parse(run.startedAt),
          })),
        ),
      setTags: (more) => setTags(runId, more),
      logInput: (dataset, context) => logInput(runId, inputOf(dataset, context)),
      logParent: (parent) => logParent(runId, parent),
      logArtifact: (path, body, contentType) => objects.putBytes(artifactKey(path), body, { contentType }),
      end: async (status = 'FINISHED') => {
        await ended(runId, status);
        open.delete(runId);
      },
    };
  };
  return {
    experimentId: experiment.id,
    parentRunId,
    registry: modelRegistry({
      pipeline: run.pipeline,
      logicalRun: run.id,
      task: event.task,
      execution: event.execution,
      commit: run.code.commit,
      dirty: run.code.dirty,
      codeHash,
    }),
    startRun: async ({ name, tags: more = {}, under }) => {
      const whole = await ensureWhole();
      const child = await createRun({
        runId: childRunIdOf(event.execution, event.task, name),
        experimentId: experiment.id,
        runName: name,
        startTime: Date.now(),
        tags: {
          ...tags,
          'millrace.task': event.task,
          'millrace.codeHash': codeHash,
          'millrace.node': process.version,
          ...(memoryMb === 0 ? {} : { 'millrace.memoryMb': String(memoryMb) }),
          ...(item === undefined ? {} : { 'millrace.item': item.index }),
          ...more,
          'mlflow.parentRunId': under ?? whole,
        },
      });
      open.add(child.runId);
      // A part is made again with the whole.
      if (under === undefined) await recipe(child.runId, name, true);
      return active(child);
    },
    activeRun: async (runId) => {
      const found = await getRun(runId);
      await recipe(runId, found.runName, false);
      return active(found);
    },
    close: async (status) => {
      await Promise.all([...open].map(async (runId) => ended(runId, status)));
      open.clear();
    },
  };
}

function asTexts(params: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(params)
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => [key, typeof value === 'string' ? value : JSON.stringify(value)]),
  );
}

function inputOf(dataset: LoggedDataset, context: string) {
  const { name, uri, sha256, versionId, rows, columns } = dataset;
  return {
    name,
    digest: sha256.slice(0, MAX_DIGEST),
    sha256,
    uri,
    context,
    ...(versionId === undefined ? {} : { versionId }),
    ...(rows === undefined ? {} : { rows }),
    ...(columns === undefined ? {} : { columns }),
  };
}
