/** The definitions in `pipelines/`, as commands need them: loaded once, asked for by id, faults told apart. */
import { loadPipelines } from '../dsl/load-pipelines';
import type { PipelineModel } from '../model/pipeline';
import { CliError, EXIT } from './cli-error';
import type { Project } from './project';
import { didYouMean } from './suggest';

export function findPipeline(project: Project, id: string): { model: PipelineModel; file: string } {
  const loaded = loadPipelines(project.pipelines);
  const found = loaded.pipelines.find((pipeline) => pipeline.model.id === id);
  if (found !== undefined) return found;
  const ids = loaded.pipelines.map((pipeline) => pipeline.model.id);
  const broken = loaded.failures.map((failure) => failure.file);
  throw new CliError(`There is no pipeline '${id}'.`, {
    code: EXIT.usage,
    where: project.pipelines,
    remedy: `${didYouMean(id, ids)}Pipelines here: ${ids.join(', ') || 'none'}.${
      broken.length > 0 ? ` Files that do not load: ${broken.join(', ')} (see \`millrace check\`).` : ''
    }`,
  });
}
