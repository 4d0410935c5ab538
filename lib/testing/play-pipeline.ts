/**
 * Runs a pipeline as it is compiled, in the engine of the local cloud on a virtual clock, with tasks replaced by functions: no
 * bundles, no buckets, no waiting. For what a definition means: order, branches, retries, what a task is given.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { open } from 'lmdb';
import { compile, type CompiledPipeline } from '../compiler/compile';
import type { PipelineDefinition } from '../dsl/pipeline';
import { VirtualClock } from '../local/clock';
import { DynamoDbService } from '../local/dynamodb/dynamodb-service';
import { ROOT } from '../local/service';
import { StepFunctionsService } from '../local/stepfunctions/step-functions-service';
import type { FinishEvent, TaskEvent } from '../model/envelope';
import { Skipped } from '../model/errors';
import type { Json, JsonObject } from '../model/json';
import { parseParams } from '../orchestration/parse-params';

/** Stands in for the function of a task: what it returns is the output of the task, what it throws fails the attempt. */
export type Replacement = (
  input: never,
  attempt: { readonly number: number; readonly clock: VirtualClock },
) => unknown;

export interface PlayOptions {
  /** By task id, with its groups; of a map without the number of the item. Every task that is reached must be there. */
  readonly tasks: Readonly<Record<string, Replacement>>;
  /** @default the defaults of the pipeline must do */
  readonly params?: JsonObject;
  /** Date of the run. @default 2026-01-01 */
  readonly ds?: string;
  /** Virtual seconds that a replaced task takes. @default 1 */
  readonly taskSeconds?: number;
}

export interface PlayedPipeline {
  readonly status: 'success' | 'failed';
  /** By task id: success, failed, skipped, upstream_failed. */
  readonly tasks: Readonly<Record<string, string>>;
  /** What the pipeline returned; null when it returns nothing, or a task did not yield it. */
  readonly result: Json;
  /** What each replaced task was given, by the id of its instance (`scores/score[3]`). */
  readonly inputs: Readonly<Record<string, Json>>;
  readonly attempts: Readonly<Record<string, number>>;
  /** Virtual seconds from the start to the beginning of the first attempt. */
  readonly startedAt: Readonly<Record<string, number>>;
  /** Virtual seconds of the whole run. */
  readonly seconds: number;
}

const FUNCTION = 'arn:aws:lambda:us-east-1:000000000000:function:';
const LONGEST = 400 * 86_400_000;

/** The machine of a pipeline and its functions, as they are deployed: `compiled(churn).definition.States`. */
export function compiled(definition: PipelineDefinition): CompiledPipeline {
  return compile(definition.model);
}

export async function playPipeline(
  definition: PipelineDefinition,
  options: PlayOptions,
): Promise<PlayedPipeline> {
  const { ds = '2026-01-01', taskSeconds = 1 } = options;
  const machine = compiled(definition);
  const params = parseParams(machine.id, definition.model.paramsSchema, options.params ?? {});
  const epoch = Date.parse(`${ds}T00:00:00Z`);
  const clock = new VirtualClock(epoch);
  const directory = mkdtempSync(join(tmpdir(), 'millrace-play-'));
  const root = open({ path: directory, maxDbs: 64, encoding: 'json', noSync: true });
  const dynamodb = new DynamoDbService({ root });
  const attempts: Record<string, number> = {};
  const inputs: Record<string, Json> = {};
  const startedAt: Record<string, number> = {};
  let finish: FinishEvent | undefined;
  let unplayed: Error | undefined;

  const play = async (name: string, payload: string): Promise<unknown> => {
    if (name === 'Begin') return runContext(machine.id, ds, params);
    if (name === 'Finish') {
      finish = JSON.parse(payload) as FinishEvent;
      const bad = finish.leaves.some((leaf) =>
        ['failed', 'upstream_failed'].includes(finish?.tasks[leaf] ?? ''),
      );
      if (bad) throw Object.assign(new Error('The run has failed.'), { name: 'Millrace.RunFailed' });
      return { status: 'success', failed: [], message: '' };
    }
    const { task, input } = JSON.parse(payload) as TaskEvent;
    const number = (attempts[task] = (attempts[task] ?? 0) + 1);
    startedAt[task] ??= (clock.now() - epoch) / 1000;
    inputs[task] = input;
    const replacement = options.tasks[task] ?? options.tasks[task.replace(/\[\d+\]$/, '')];
    if (replacement === undefined) {
      unplayed = new Error(
        `The task '${task}' of ${machine.id} was reached, but nothing stands in for it. Add it to \`tasks\`: ${Object.keys(options.tasks).join(', ')} are there.`,
      );
      throw unplayed;
    }
    await new Promise<void>((resolve) => clock.at(clock.now() + taskSeconds * 1000, resolve));
    try {
      return { status: 'success', out: (await replacement(input as never, { number, clock })) ?? null };
    } catch (error) {
      if (error instanceof Skipped) return { status: 'skipped', out: null };
      throw error;
    }
  };
  const states = new StepFunctionsService({
    root,
    clock,
    account: '000000000000',
    region: 'us-east-1',
    emit: () => {},
    service: (name) => (name === 'dynamodb' ? dynamodb : undefined),
    invokeLambda: async (arn, payload) => {
      try {
        return { payload: JSON.stringify(await play(arn.slice(FUNCTION.length), payload)) };
      } catch (error) {
        const { name, message } = error as Error;
        return {
          payload: JSON.stringify({ errorType: name, errorMessage: message }),
          functionError: 'Unhandled',
        };
      }
    },
  });
  try {
    await createOrchestrationTable(dynamodb);
    const { stateMachineArn } = (await states.call(
      'CreateStateMachine',
      {
        name: machine.id,
        definition: JSON.stringify(machine.definition)
          .replaceAll('${OrchestrationTable}', 'orchestration')
          .replace(/\$\{(\w+)\}/g, `${FUNCTION}$1`),
        roleArn: 'arn:aws:iam::000000000000:role/play',
      },
      ROOT,
    )) as { stateMachineArn: string };
    const { executionArn } = (await states.call(
      'StartExecution',
      { stateMachineArn, name: 'play' },
      ROOT,
    )) as {
      executionArn: string;
    };
    await toTheEnd(states, executionArn, clock, epoch);
    if (unplayed !== undefined) throw unplayed;
    return {
      status:
        finish === undefined || (await statusOf(states, executionArn)) !== 'SUCCEEDED' ? 'failed' : 'success',
      tasks: { ...finish?.tasks },
      result: finish?.result ?? null,
      inputs,
      attempts,
      startedAt,
      seconds: (clock.now() - epoch) / 1000,
    };
  } finally {
    states.stop();
    await root.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Drives the clock from appointment to appointment. @throws Error when nothing happens any more */
async function toTheEnd(
  states: StepFunctionsService,
  executionArn: string,
  clock: VirtualClock,
  epoch: number,
): Promise<void> {
  for (;;) {
    // What is under way is a chain of promises; it has come to rest when the event loop turns.
    await new Promise((resolve) => setImmediate(resolve));
    if ((await statusOf(states, executionArn)) !== 'RUNNING') return;
    if (clock.advance(epoch + LONGEST)) continue;
    throw new Error(
      `The run waits for something that does not come by itself, e.g. a decision of a person: nothing is left to happen after ${(clock.now() - epoch) / 1000} seconds.`,
    );
  }
}

async function statusOf(states: StepFunctionsService, executionArn: string): Promise<string> {
  return ((await states.call('DescribeExecution', { executionArn }, ROOT)) as { status: string }).status;
}

function runContext(pipeline: string, ds: string, params: JsonObject): JsonObject {
  const logicalDate = `${ds}T00:00:00.000Z`;
  return {
    id: `${pipeline}--manual--play`,
    pipeline,
    params,
    trigger: 'manual',
    logicalDate,
    dataIntervalStart: logicalDate,
    dataIntervalEnd: logicalDate,
    ds,
    dsNodash: ds.replaceAll('-', ''),
    startedAt: logicalDate,
    code: { commit: 'unknown', dirty: false },
  };
}

async function createOrchestrationTable(dynamodb: DynamoDbService): Promise<void> {
  const keys = ['pk', 'sk'];
  await dynamodb.call(
    'CreateTable',
    {
      TableName: 'orchestration',
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: keys.map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
      KeySchema: keys.map((AttributeName, i) => ({ AttributeName, KeyType: i === 0 ? 'HASH' : 'RANGE' })),
    },
    ROOT,
  );
}
