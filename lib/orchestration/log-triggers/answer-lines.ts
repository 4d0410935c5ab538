/** What a pipeline says is to be done when a line of a task's log has a text: people are told, a pipeline starts, the run is run again. */
import { resourceNames } from '../../aws/environment';
import type { LogTrigger } from '../../model/alerts';
import { formsOf } from '../../model/log-filter';
import { readDeployed, UnknownPipeline } from '../deployed-pipelines';
import { publish } from '../events';
import { launchRun } from '../launch-run';
import { machineOf } from '../machine-of';
import type { Place } from '../place';
import { readRun } from '../read-run';
import type { RunRecord } from '../run-record';
import type { LogBatch } from './log-batch';
import { askForRerun } from './rerun-after-log';
import { whoLogged } from './who-logged';

export interface Answered {
  readonly run: string;
  readonly task: string;
  readonly text: string;
}

/** Longer lines are cut. */
const MAX_LINE = 1000;

/** Delivered twice, a batch does nothing more. Returns what was matched. */
export async function answerLines(batch: LogBatch, place: Place): Promise<Answered[]> {
  const pipeline = pipelineOf(batch.logGroup);
  if (batch.messageType !== 'DATA_MESSAGE' || pipeline === undefined) return [];
  const triggers = await triggersOf(pipeline, place);
  const answered: Answered[] = [];
  const done = new Set<string>();
  for (const line of batch.logEvents) {
    const matched = [...triggers.entries()].filter(([, { text }]) =>
      formsOf(text).some((form) => line.message.includes(form)),
    );
    const author = matched.length === 0 ? undefined : await whoLogged(pipeline, batch, line);
    if (author === undefined) continue;
    for (const [index, trigger] of matched) {
      if (!concerns(trigger, author.task)) continue;
      const key = `${index}#${author.run}#${author.task}`;
      if (done.has(key)) continue;
      done.add(key);
      const run = (await readRun(author.run))?.record;
      if (run === undefined) continue;
      await answer(trigger, index, run, author.task, sayingOf(line.message).slice(0, MAX_LINE), place);
      answered.push({ ...author, text: trigger.text });
    }
  }
  return answered;
}

async function answer(
  trigger: LogTrigger,
  index: number,
  run: RunRecord,
  task: string,
  line: string,
  place: Place,
): Promise<void> {
  const { text, start, rerun, channels } = trigger;
  if (channels !== undefined)
    await publish([
      {
        type: 'Log Matched',
        detail: {
          pipeline: run.pipeline,
          run: run.runId,
          execution: run.execution,
          logicalDate: run.context.logicalDate,
          task,
          trigger: index,
          text,
          line,
        },
      },
    ]);
  if (start !== undefined)
    await launchRun(
      {
        pipeline: start.pipeline,
        trigger: 'log',
        params: start.params ?? {},
        // Once for an execution, however often the line comes.
        token: JSON.stringify([run.execution, task, text]),
        by: `log of ${run.runId}`,
        why: `${task} logged '${text}'`,
      },
      place,
    );
  if (rerun !== undefined) await askForRerun(run, { task, text, times: rerun.times }, place);
}

function concerns({ tasks }: LogTrigger, task: string): boolean {
  // A task of a map logs with the index of its item.
  return tasks?.includes(task.replace(/\[\d+\]$/, '')) ?? true;
}

/** Of a line of the logger its message, of any other the line. */
function sayingOf(line: string): string {
  try {
    const { message } = JSON.parse(line) as { readonly message?: unknown };
    if (typeof message === 'string') return message;
  } catch {
    // No line of the logger.
  }
  return line.trim();
}

/** Log groups of tasks are named `/millrace/<stage>/<pipeline>/<function>`. */
function pipelineOf(logGroup: string): string | undefined {
  const [, root, stage, pipeline] = logGroup.split('/');
  return root === 'millrace' && stage === resourceNames().stage ? pipeline : undefined;
}

/** Of a pipeline that was removed meanwhile: none. */
async function triggersOf(pipeline: string, place: Place): Promise<readonly LogTrigger[]> {
  try {
    return (await readDeployed(machineOf(pipeline, place), pipeline)).policy.alerts?.log ?? [];
  } catch (error) {
    if (error instanceof UnknownPipeline) return [];
    throw error;
  }
}
