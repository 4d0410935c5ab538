/** The definitions in `pipelines/`, as commands need them: loaded once, asked for by id, faults told apart. */
import { relative } from 'node:path';
import { compile, type CompiledPipeline } from '../compiler/compile';
import { loadPipelines, type LoadFailure } from '../dsl/load-pipelines';
import { InvalidPipeline } from '../model/invalid-pipeline';
import type { PipelineModel } from '../model/pipeline';
import { CliError, EXIT } from './cli-error';
import type { Project } from './project';
import { didYouMean } from '../model/suggest';

export interface FoundPipeline {
  readonly model: PipelineModel;
  readonly file: string;
}

/** @throws CliError when no file defines it, or the one that does has faults */
export function findPipeline(project: Project, id: string): FoundPipeline {
  const { pipelines, failures } = loadPipelines(project.pipelines);
  const found = pipelines.find((pipeline) => pipeline.model.id === id);
  if (found !== undefined) return found;
  const own = failures.filter((failure) => failure.pipeline === id);
  if (own.length > 0) throw faulty(project, id, own);
  const ids = pipelines.map((pipeline) => pipeline.model.id);
  const broken = [...new Set(failures.map((failure) => relative(project.root, failure.file)))];
  throw new CliError(`There is no pipeline '${id}'.`, {
    code: EXIT.usage,
    where: project.pipelines,
    remedy: `${didYouMean(id, ids)}Pipelines here: ${ids.join(', ') || 'none'}.${
      broken.length > 0 ? ` Files with faults: ${broken.join(', ')} (see \`millrace check\`).` : ''
    }`,
  });
}

/** A pipeline that a machine can be made of. @throws CliError as `findPipeline`, or when it does not compile */
export function findCompiled(
  project: Project,
  id: string,
): FoundPipeline & { readonly compiled: CompiledPipeline } {
  const found = findPipeline(project, id);
  try {
    return { ...found, compiled: compile(found.model) };
  } catch (error) {
    if (!(error instanceof InvalidPipeline)) throw error;
    throw faulty(
      project,
      id,
      error.diagnostics.map(({ code, message, hint }) => ({ file: found.file, code, message, hint })),
      error,
    );
  }
}

function faulty(project: Project, id: string, faults: readonly LoadFailure[], cause?: unknown): CliError {
  const [first] = faults;
  const file = relative(project.root, first?.file ?? project.pipelines);
  return new CliError(
    [
      `Pipeline '${id}' has ${faults.length} ${faults.length === 1 ? 'fault' : 'faults'}:`,
      ...faults.map((fault) => `  ${fault.code} ${fault.message} ${fault.hint}`),
    ].join('\n'),
    {
      code: EXIT.usage,
      where: first?.line === undefined ? file : `${file}:${first.line}`,
      remedy: 'Mend the definition; `millrace check` repeats this check.',
      cause,
    },
  );
}
