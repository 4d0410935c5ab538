/** Runs, before a run on this machine, the pipelines that make what it reads (`local.after`) and have never done so here. */
import { setTimeout as pause } from 'node:timers/promises';
import { listRuns } from '../orchestration/list-runs';
import type { JsonObject } from '../model/json';
import type { PipelineModel } from '../model/pipeline';
import { isBeside } from './beside-connections';
import { startBeside, type Beside } from './beside';
import { CliError, EXIT } from './cli-error';
import type { Connection } from './connect';
import { findCompiled } from './definitions';
import { followRun } from './follow-run';
import type { Output } from './output';
import type { Project } from './project';
import { checkStandIns, prepareRun } from './prepare-run';
import { startRun, type StartedRun } from './start-run';

/** How long an event may take from the pipeline that causes it to the one that it starts. */
const EVENT_MS = 30_000;
/** Runs that are looked at for one that has succeeded. */
const RECENT = 100;

export interface RunWorld {
  /** A run of the pipeline that an event of another one has started meanwhile. */
  readonly started: StartedRun | undefined;
  /** Ends the programs that were started. */
  stop(): Promise<void>;
}

/** @throws CliError when a pipeline before does not succeed, or a program beside does not begin */
export async function openWorld(
  connection: Connection,
  model: PipelineModel,
  params: JsonObject,
  output: Output,
): Promise<RunWorld> {
  const programs: Beside[] = [];
  const stop = async () => void (await Promise.all(programs.map((program) => program.stop())));
  const since = new Date().toISOString();
  const beside = async ({ id, local }: PipelineModel) => {
    if (local?.beside === undefined || isBeside(connection.project.stateDirectory, id)) return;
    const program = startBeside(connection, id, local.beside, output, 'run');
    programs.push(program);
    await program.ready();
  };
  try {
    const before = await pipelinesBefore(connection.project, model);
    for (const one of [...before, model]) await checkStandIns(connection.project, one);
    for (const [index, one] of before.entries()) {
      output.progress(`${one.id} goes first: it makes what ${model.id} reads.`);
      await prepareRun(connection, one, {}, output);
      await beside(one);
      const own = index === 0 ? undefined : await startedByEvent(one, since, output);
      const started = own ?? (await startRun({ stage: connection.stage, pipeline: one.id, params: {} }));
      const { status, message } = await followRun(connection, started, output);
      if (status !== 'success')
        throw new CliError(
          `${one.id}, which makes what ${model.id} reads, ended as ${status}. ${message ?? ''}`,
          {
            code: EXIT.failed,
            where: started.runId,
            remedy: `See \`millrace show ${started.runId}\`; ${model.id} was not started.`,
          },
        );
    }
    await prepareRun(connection, model, params, output);
    await beside(model);
    const mayFollow = before.length > 0 && Object.keys(params).length === 0;
    return { started: mayFollow ? await startedByEvent(model, since, output) : undefined, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Pipelines to run before that have never succeeded here, those first that others wait for. */
export async function pipelinesBefore(project: Project, model: PipelineModel): Promise<PipelineModel[]> {
  const found: PipelineModel[] = [];
  const seen = new Set([model.id]);
  const visit = async ({ local }: PipelineModel): Promise<void> => {
    for (const id of local?.after ?? []) {
      if (seen.has(id)) continue;
      seen.add(id);
      const runs = await listRuns(id, RECENT);
      if (runs.some(({ status }) => status === 'success')) continue;
      const { model: before } = findCompiled(project, id);
      await visit(before);
      found.push(before);
    }
  };
  await visit(model);
  return found;
}

/** What the event of a pipeline before has started; nothing when there is no trigger, or none that rings. */
export async function startedByEvent(
  { id, triggers }: PipelineModel,
  since: string,
  output: Output,
): Promise<StartedRun | undefined> {
  if (triggers.length === 0) return undefined;
  for (const end = Date.now() + EVENT_MS; Date.now() < end; await pause(100)) {
    const run = (await listRuns(id, 1)).find(({ startedAt }) => startedAt >= since);
    if (run === undefined) continue;
    output.progress(`An event has started ${run.runId}.`);
    return { runId: run.runId, executionArn: run.execution };
  }
  return undefined;
}
