/**
 * Makes a tracked run again from what is written down with it, and compares the two. The task is invoked with the same
 * input and the same logical run, so that what it makes has no reason to differ but code, data and chance; its run becomes a
 * child of the one that it makes again. What was logged to the run by others, an evaluation for one, is done again too.
 */
import { createHash, randomBytes } from 'node:crypto';
import { InvokeCommand } from '@aws-sdk/client-lambda';
import { DeleteCommand } from '@aws-sdk/lib-dynamodb';
import { documentClient } from '../aws/clients/dynamodb';
import { lambdaClient } from '../aws/clients/lambda';
import { s3Client } from '../aws/clients/s3';
import { resourceNames } from '../aws/environment';
import { ObjectStore } from '../aws/object-store';
import type { TaskEvent } from '../model/envelope';
import type { Json, JsonObject } from '../model/json';
import type { CodeVersion, RunContext } from '../model/run-context';
import { taskKey } from '../orchestration/keys';
import { isObject } from '../model/schema-path';
import { readRecipes, type Recipe } from '../tracking/recipes';
import { readRunDocument, type RunDocument } from '../tracking/run-document';
import { childRunIdOf } from '../tracking/tracked-run-ids';
import { CliError, EXIT } from './cli-error';
import { goneInputs } from './gone-inputs';

export interface Reproduction {
  readonly runId: string;
  readonly made: RunDocument;
  readonly again: RunDocument;
  readonly recipe: Recipe;
  /** Tasks that logged to the run and were not done again, and why. */
  readonly left: readonly { readonly task: string; readonly why: string }[];
}

/** @throws CliError that says what is missing, before anything is run */
export async function reproduceRun(run: RunDocument, code: CodeVersion): Promise<Reproduction> {
  const [recipe, ...others] = await recipesFor(run);
  const objects = new ObjectStore(s3Client(), resourceNames().bucket);
  const gone = await goneInputs([recipe.input, run.inputs as unknown as Json], objects);
  if (gone.length > 0)
    throw new CliError(`Run ${run.runId} cannot be made again: ${gone.join('; ')}.`, {
      code: EXIT.failed,
      where: run.runName,
      remedy: 'Bring back what is missing under the same key, e.g. from an earlier version of the object.',
    });
  const mark = randomBytes(4).toString('hex');
  const task = (of: Recipe) => `reproduce-${mark}/${of.task.split('/').at(-1)}`;
  const execution = `reproduce:${run.runId}:${mark}`;
  const event = (of: Recipe, input: Json): TaskEvent => ({
    task: task(of),
    run: { ...(of.run as unknown as RunContext), code },
    attempt: 0,
    execution,
    redrive: 0,
    input,
    returns: {},
    reproduces: run.runId,
  });
  const out = await invoke(recipe, event(recipe, recipe.input));
  const runId = childRunIdOf(execution, task(recipe), recipe.name);
  const left: { task: string; why: string }[] = [];
  for (const other of others) {
    const input = withRun(other.input, run.runId, runId, out);
    const lost = await goneInputs([input], objects);
    if (lost.length > 0) left.push({ task: other.task, why: lost.join('; ') });
    else await invoke(other, event(other, input));
  }
  return { runId, made: run, again: await readRunDocument(runId), recipe, left };
}

async function recipesFor(run: RunDocument): Promise<[Recipe, ...Recipe[]]> {
  const [first, ...others] = await readRecipes(run.runId);
  if (first?.made === true) return [first, ...others];
  const commit = run.t['mlflow.source.git.commit'];
  throw new CliError(
    run.t['millrace.task'] === undefined
      ? `Run ${run.runId} was logged by a client or stands for a pipeline run: there is no task to run again.`
      : `How run ${run.runId} was made is not written down: its task ran with an earlier version, or in Python.`,
    {
      code: EXIT.usage,
      where: run.runName,
      remedy: `Its params are in \`millrace experiments\`${commit === undefined ? '' : `, its code is commit ${commit}`}; ${run.t['millrace.run'] === undefined ? 'run it where it was logged.' : `of its pipeline run: millrace show ${run.t['millrace.run']}.`}`,
    },
  );
}

/** The record that the task leaves is removed: no pipeline run has it. @throws CliError */
async function invoke(recipe: Recipe, event: TaskEvent): Promise<Json> {
  const failed = (message: string, remedy: string, cause?: unknown) =>
    new CliError(message, {
      code: EXIT.failed,
      where: recipe.task,
      remedy,
      ...(cause === undefined ? {} : { cause }),
    });
  try {
    const answer = await lambdaClient().send(
      new InvokeCommand({ FunctionName: recipe.function, Payload: Buffer.from(JSON.stringify(event)) }),
    );
    const payload = JSON.parse(Buffer.from(answer.Payload ?? []).toString('utf8') || 'null') as {
      out?: Json;
      errorType?: string;
      errorMessage?: string;
    };
    if (answer.FunctionError === undefined) return payload.out ?? null;
    throw failed(
      `The task ${recipe.task} failed this time: ${payload.errorType ?? 'Error'}: ${payload.errorMessage ?? ''}`,
      'It succeeded with the code of then: see the commit in the tags of the run.',
    );
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'ResourceNotFoundException') throw error;
    throw failed(
      `The function ${recipe.function}, which made the run, is not deployed here any more.`,
      'Check out the commit that is in the tags of the run, and try again.',
      error,
    );
  } finally {
    await documentClient().send(
      new DeleteCommand({
        TableName: resourceNames().orchestrationTable,
        Key: { ...taskKey(event.run.id, event.task) },
      }),
    );
  }
}

/** The input with the new run in the place of the old one; other runs, which nothing is to be logged to, are left out of lists. */
function withRun(input: Json, runId: string, again: string, out: Json): Json {
  const model = isObject(out) && isObject(out['model']) ? out['model'] : undefined;
  const visit = (value: Json): Json => {
    if (Array.isArray(value))
      return value
        .filter((item: Json) => !isRun(item) || item['runId'] === runId)
        .map((item: Json) => visit(item));
    if (!isObject(value)) return value;
    if (isRun(value) && value['runId'] === runId) return { ...(model ?? value), runId: again };
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, visit(member)]));
  };
  return visit(input);
}

function isRun(value: Json): value is JsonObject {
  return isObject(value) && typeof value['runId'] === 'string' && typeof value['uri'] === 'string';
}

/** Of a content without the ids that each run has of its own: that of the run, and that of the model, which follows from it. */
export function hashWithout(bytes: Uint8Array, runId: string): string {
  const text = Buffer.from(bytes)
    .toString('latin1')
    .replaceAll(runId, '')
    .replace(/^model_uuid: [0-9a-f]{32}$/gm, '');
  return createHash('sha256').update(text, 'latin1').digest('hex');
}
