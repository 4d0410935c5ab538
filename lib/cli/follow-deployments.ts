/**
 * A local cloud that ends with its command would stop the deployment that a promotion has just started: its run is watched to
 * the end. A `millrace dev` goes on anyway.
 */
import { loadPipelines } from '../dsl/load-pipelines';
import type { PipelineModel } from '../model/pipeline';
import type { Connection } from './connect';
import { followRun } from './follow-run';
import type { Output } from './output';
import { startedByEvent } from './run-inputs';
import type { RunView } from './run-view';

export async function followDeployments(connection: Connection, run: RunView, output: Output): Promise<void> {
  if (connection.where !== 'local' || connection.stays === true) return;
  const { pipelines } = loadPipelines(connection.project.pipelines);
  for (const { model } of pipelines.filter(({ model }) => startsBy(model, run))) {
    const started = await startedByEvent(model, run.startedAt, output);
    if (started === undefined) continue;
    const { status } = await followRun(connection, started, output);
    output.progress(`${model.id} ended as ${status}: millrace show ${started.runId}`);
  }
}

/** Whether an alias that a task of the run has moved starts a pipeline. */
export function startsBy({ triggers }: Pick<PipelineModel, 'triggers'>, { tasks }: RunView): boolean {
  return triggers.some(
    (trigger) =>
      trigger.kind === 'alias-moved' &&
      tasks.some(({ state, out }) => {
        const { name, alias, promoted } = (out ?? {}) as Readonly<Record<string, unknown>>;
        return (
          state === 'success' &&
          promoted === true &&
          alias === trigger.alias &&
          trigger.models.includes(String(name))
        );
      }),
  );
}
