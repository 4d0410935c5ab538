/** Loads and compiles all definitions. What is wrong with one becomes failures; the others go on. */
import { relative, sep } from 'node:path';
import { compile } from '../compiler/compile';
import { loadPipelines } from '../dsl/load-pipelines';
import type { Diagnostic } from '../model/diagnostic';
import type { PipelineModel } from '../model/pipeline';
import type { Failure } from './failure';
import type { SummarisedPipeline } from './summary';

export interface CollectedPipelines {
  readonly pipelines: readonly SummarisedPipeline[];
  readonly failures: readonly Failure[];
}

/** Ids that would collide with names of the core stack. */
const RESERVED = new Set([
  'core',
  'begin',
  'finish',
  'launcher',
  'run-ended',
  'notifier',
  'serving',
  'serve-model',
  'serve-python',
  'endpoint-events',
  'sync-endpoints',
]);

/** @param maxActiveTasks limit of the whole stage @default none */
export function collectPipelines(
  projectRoot: string,
  pipelinesDir: string,
  maxActiveTasks?: number,
): CollectedPipelines {
  const loaded = loadPipelines(pipelinesDir);
  const shown = (file: string): string => relative(projectRoot, file).split(sep).join('/');
  const failures: Failure[] = loaded.failures.map((failure) => ({ ...failure, file: shown(failure.file) }));
  const pipelines: SummarisedPipeline[] = [];
  for (const { model: defined, file: path } of loaded.pipelines) {
    const model =
      maxActiveTasks === undefined ? defined : { ...defined, maxActiveTasksInStage: maxActiveTasks };
    const file = shown(path);
    if (RESERVED.has(model.id)) {
      failures.push({
        file,
        pipeline: model.id,
        code: 'PIPELINE_RESERVED_ID',
        message: `The pipeline id ${model.id} is taken by the resources that all pipelines share.`,
        hint: 'Give the pipeline another id.',
      });
      continue;
    }
    try {
      pipelines.push({ model, compiled: compile(model), file });
    } catch (error) {
      failures.push(...compileFailures(error, model, file));
    }
  }
  return { pipelines, failures };
}

function compileFailures(error: unknown, model: PipelineModel, file: string): Failure[] {
  const diagnostics = (error as { diagnostics?: readonly Diagnostic[] }).diagnostics;
  const errors = diagnostics?.filter((diagnostic) => diagnostic.severity === 'error') ?? [];
  if (errors.length > 0) {
    return errors.map(({ code, path, message, hint }) => ({
      file,
      pipeline: model.id,
      code,
      message: `${path.startsWith(model.id) ? path : [model.id, path].filter(Boolean).join(', ')}: ${message}`,
      hint,
    }));
  }
  return [
    {
      file,
      pipeline: model.id,
      code: 'PIPELINE_NOT_COMPILED',
      message: `The pipeline ${model.id} cannot be compiled: ${error instanceof Error ? error.message : String(error)}`,
      hint: 'Correct the definition; `npx millrace check` repeats this check.',
    },
  ];
}
