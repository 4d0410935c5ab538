/**
 * Runs one task's real function under a run id of its own. Inputs that the definition takes from other tasks come from
 * the records of the latest run. Afterwards the record of the trial is removed: no run has it.
 */
import { randomUUID } from 'node:crypto';
import { DeleteCommand } from '@aws-sdk/lib-dynamodb';
import { InvokeCommand } from '@aws-sdk/client-lambda';
import { documentClient } from '../aws/clients/dynamodb';
import { lambdaClient } from '../aws/clients/lambda';
import { resourceNames } from '../aws/environment';
import { compile } from '../compiler/compile';
import type { TaskEvent } from '../model/envelope';
import type { Json, JsonObject } from '../model/json';
import { parsePath, valueAt } from '../model/json-path';
import type { PipelineModel } from '../model/pipeline';
import { formatPath, type Value } from '../model/value';
import { taskKey } from '../orchestration/keys';
import { listRuns } from '../orchestration/list-runs';
import { parseParams } from '../orchestration/parse-params';
import { readRun, type RecordedRun } from '../orchestration/read-run';
import { CliError, EXIT } from './cli-error';
import type { Connection } from './connect';
import { summaryOf } from './summary-of';

export interface TaskTrial {
  readonly task: string;
  readonly input: Json;
  readonly out: Json;
  readonly durationMs: number;
  readonly error: { readonly name: string; readonly message: string } | null;
}

export async function testTask(
  connection: Connection,
  model: PipelineModel,
  task: string,
  params: JsonObject,
  given: JsonObject,
): Promise<TaskTrial> {
  const node = model.tasks.find((candidate) => candidate.id === task);
  if (node?.kind !== 'task') throw new Error(`Invariant: ${task} is no task that runs.`);
  if (node.compute !== undefined)
    throw new CliError(`The task '${task}' runs on ${node.compute.service}: it has no function to try.`, {
      code: EXIT.usage,
      remedy: `Leave out runsOn while you try it, or run the pipeline: millrace run ${model.id}`,
    });
  const parsed = parseParams(model.id, model.paramsSchema, params);
  const [latest] = await listRuns(model.id, 1);
  const recorded = latest === undefined ? undefined : await readRun(latest.runId);
  const input = { ...(resolve(node.input, parsed, recorded, Object.keys(given)) as JsonObject), ...given };
  const key = compile(model).tasks.find((candidate) => candidate.id === task)?.functionKey;
  const functionName =
    summaryOf(connection, model.id)?.functions.find((spec) => spec.key === key)?.name ??
    `millrace-${connection.stage}-${model.id}-${key ?? ''}`;
  const now = new Date().toISOString();
  const runId = `${model.id}--test--${randomUUID()}`.slice(0, 80);
  const event: TaskEvent = {
    task,
    run: {
      id: runId,
      pipeline: model.id,
      params: parsed,
      trigger: 'manual',
      logicalDate: now,
      dataIntervalStart: now,
      dataIntervalEnd: now,
      ds: now.slice(0, 10),
      dsNodash: now.slice(0, 10).replaceAll('-', ''),
      startedAt: now,
      code: { commit: 'unknown', dirty: false },
    },
    attempt: 0,
    execution: `test:${runId}`,
    redrive: 0,
    input,
    returns: {},
  };
  const started = Date.now();
  try {
    const answer = await lambdaClient().send(
      new InvokeCommand({ FunctionName: functionName, Payload: Buffer.from(JSON.stringify(event)) }),
    );
    const payload = JSON.parse(Buffer.from(answer.Payload ?? []).toString('utf8') || 'null') as {
      out?: Json;
      errorType?: string;
      errorMessage?: string;
    };
    const durationMs = Date.now() - started;
    if (answer.FunctionError !== undefined)
      return {
        task,
        input,
        out: null,
        durationMs,
        error: { name: payload.errorType ?? 'Error', message: payload.errorMessage ?? '' },
      };
    return { task, input, out: payload.out ?? null, durationMs, error: null };
  } finally {
    await documentClient().send(
      new DeleteCommand({ TableName: resourceNames().orchestrationTable, Key: { ...taskKey(runId, task) } }),
    );
  }
}

function resolve(
  value: Value,
  params: JsonObject,
  recorded: RecordedRun | undefined,
  given: readonly string[],
): Json {
  switch (value.kind) {
    case 'literal':
      return value.value;
    case 'array':
      return value.items.map((item) => resolve(item, params, recorded, []));
    case 'object':
      return Object.fromEntries(
        Object.entries(value.fields)
          .filter(([name]) => !given.includes(name))
          .map(([name, field]) => [name, resolve(field, params, recorded, [])]),
      );
    case 'param':
      return valueAt(params, value.path) ?? null;
    case 'text':
      return value.parts.map((part) => String(resolve(part, params, recorded, []))).join('');
    case 'output': {
      const record = recorded?.tasks.find((task) => task.task === value.task);
      const found =
        record?.result === undefined
          ? undefined
          : valueAt(record.result.out, parsePath(formatPath(value.path)));
      if (found !== undefined) return found;
      throw new CliError(
        `The task takes ${value.task}.${formatPath(value.path)}, which no recorded run has.`,
        {
          code: EXIT.usage,
          remedy: `Run the pipeline once (millrace run), or give the input with --input.`,
        },
      );
    }
    case 'run':
    case 'item':
    case 'index':
    case 'combine':
    case 'url-encoded':
    case 'compare':
    case 'logic':
      return null;
  }
}
