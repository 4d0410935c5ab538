/** `millrace.json`: what the assembly holds, for the command line and the local cloud, which do not read CDK code. */
import type { CompiledPipeline, TaskSummary } from '../compiler/compile';
import type { FunctionSpec } from '../compiler/functions';
import type { Diagnostic } from '../model/diagnostic';
import { edgesOf, type Edge } from '../model/edges';
import type { JsonObject } from '../model/json';
import type { PipelineModel } from '../model/pipeline';
import type { CodeVersion } from '../model/run-context';
import { watchedModel } from '../model/watched-model';
import type { Failure } from './failure';
import type { HandlerBundle } from './bundle-handlers';
import type { Names } from './names';
import type { Architecture } from './settings';
import type { StageName } from './stage';

export interface AssemblySummary {
  readonly stage: StageName;
  readonly architecture: Architecture;
  readonly code: CodeVersion;
  readonly pipelines: readonly PipelineSummary[];
  readonly failures: readonly Failure[];
}

export interface PipelineSummary {
  readonly id: string;
  readonly description: string;
  /** Relative to the project. */
  readonly file: string;
  readonly stack: string;
  readonly machine: string;
  readonly schedule: PipelineModel['schedule'];
  readonly triggers: PipelineModel['triggers'];
  readonly startDate: string | null;
  readonly endDate: string | null;
  readonly catchup: boolean;
  readonly maxActiveRuns: number;
  readonly owner: string | null;
  readonly tags: readonly string[];
  /** Edges of the graph; one from a branch has its choice. */
  readonly edges: readonly Edge[];
  /** Edges that are held by gates. */
  readonly gates: readonly Edge[];
  /** `watches`: the registered model that it watches. */
  readonly tasks: readonly (TaskSummary & { readonly watches?: string })[];
  readonly functions: readonly FunctionSummary[];
  readonly jobs: readonly JobSummary[];
  /** JSON Schema of the params. */
  readonly paramsSchema: JsonObject;
  readonly notices: readonly Diagnostic[];
}

export interface FunctionSummary {
  readonly key: string;
  readonly name: string;
  readonly logGroup: string;
  readonly contract: string;
  readonly handler: string;
  readonly runtime: 'node' | 'python';
  readonly codeHash: string;
  readonly memoryMb: number;
  readonly ephemeralMb: number;
  readonly timeoutSeconds: number;
  readonly native: readonly string[];
  /** Ids of the tasks that use it. */
  readonly tasks: readonly string[];
}

/** A task that runs in a container. */
export interface JobSummary {
  readonly key: string;
  readonly task: string;
  readonly service: string;
  /** vCPUs. */
  readonly cpu: number;
  readonly memoryMb: number;
  readonly gpu: number;
  /** Of a task with a contract: its handler. */
  readonly handler?: string;
  readonly runtime?: 'node' | 'python';
  readonly codeHash?: string;
  /** Of the function around it; where the container's own lines are is in the task's record. */
  readonly logGroup: string;
}

export interface SummarisedPipeline {
  readonly model: PipelineModel;
  readonly compiled: CompiledPipeline;
  readonly file: string;
}

export function summarise(
  { model, compiled, file }: SummarisedPipeline,
  names: Names,
  bundleOf: (handler: string) => HandlerBundle,
): PipelineSummary {
  return {
    id: compiled.id,
    description: compiled.description,
    file,
    stack: names.pipelineStack(compiled.id),
    machine: names.machine(compiled.id),
    schedule: model.schedule,
    triggers: model.triggers,
    startDate: model.startDate ?? null,
    endDate: model.endDate ?? null,
    catchup: model.catchup,
    maxActiveRuns: model.maxActiveRuns,
    owner: model.owner ?? null,
    tags: model.tags,
    edges: edgesOf(model),
    gates: compiled.gates,
    tasks: compiled.tasks.map((task) => {
      const node = model.tasks.find(({ id }) => id === task.id);
      const watches = node === undefined ? undefined : watchedModel(node);
      return watches === undefined ? task : { ...task, watches };
    }),
    jobs: compiled.jobs.map(({ key, task, compute, runs }) => ({
      key,
      task,
      service: compute.service,
      cpu: compute.cpu,
      memoryMb: compute.memoryMb,
      gpu: compute.gpu,
      ...(runs.kind === 'handler'
        ? {
            handler: runs.handler,
            runtime: runs.python === undefined ? 'node' : 'python',
            codeHash: bundleOf(runs.handler).codeHash,
          }
        : {}),
      logGroup: names.functionLogs('core', 'jobs'),
    })),
    functions: compiled.functions.map((spec) => summariseFunction(spec, compiled.id, names, bundleOf)),
    paramsSchema: model.paramsSchema,
    notices: compiled.notices,
  };
}

function summariseFunction(
  spec: FunctionSpec,
  pipeline: string,
  names: Names,
  bundleOf: (handler: string) => HandlerBundle,
): FunctionSummary {
  const { key, contract, handler, memoryMb, ephemeralMb, timeoutSeconds, native, tasks } = spec;
  return {
    key,
    name: names.function(pipeline, key),
    logGroup: names.functionLogs(pipeline, key),
    contract,
    handler,
    runtime: spec.python === undefined ? 'node' : 'python',
    codeHash: bundleOf(handler).codeHash,
    memoryMb,
    ephemeralMb,
    timeoutSeconds,
    native,
    tasks,
  };
}
