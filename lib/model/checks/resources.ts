import type { Diagnostic } from '../diagnostic';
import { withMapped } from '../edges';
import type { PipelineModel } from '../pipeline';
import type { ContractTask, RetryPolicy, RetryRule } from '../task-node';
import { errorsOf, type AddError } from './errors-of';

/** Limits of Lambda: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const LAMBDA = { timeoutSeconds: 900, memoryMb: [128, 10_240], ephemeralMb: [512, 10_240] } as const;

export function checkResources(model: PipelineModel): Diagnostic[] {
  return withMapped(model.tasks).flatMap((task) => {
    if (!('retry' in task)) return [];
    const { found, add } = errorsOf(model, task);
    if (task.kind === 'task' && task.compute === undefined) checkFunction(task, add);
    const { retry } = task;
    for (const rule of [retry, ...(retry.rules ?? [])]) checkRetry(rule, add);
    return found;
  });
}

function checkRetry(retry: RetryPolicy | RetryRule, add: AddError): void {
  if ('errors' in retry) {
    const odd = retry.errors.find((name) => !/^[\w.$-]{1,256}$/.test(name));
    if (odd !== undefined || retry.errors.length === 0)
      add(
        'MR156',
        `A rule for retries is on '${odd ?? ''}'.`,
        "Give the names of errors: on: 'RateLimited'.",
      );
    if (retry.retries === 0) return;
  }
  if (!Number.isInteger(retry.retries) || retry.retries < 0 || retry.retries > 99_999_999) {
    add('MR153', `It has ${retry.retries} retries.`, 'Give a whole number from 0.');
  }
  if (!(retry.delaySeconds >= 1) || retry.delaySeconds > 99_999_999 || !(retry.backoffRate >= 1)) {
    add(
      'MR154',
      `Its retry delay is ${retry.delaySeconds} s with a backoff of ${retry.backoffRate}.`,
      'The delay is at least 1 s, the backoff at least 1.',
    );
  }
  if (
    retry.maxDelaySeconds !== undefined &&
    !(retry.maxDelaySeconds > retry.delaySeconds && retry.maxDelaySeconds < 31_622_401)
  ) {
    add(
      'MR155',
      `Its longest retry delay is ${retry.maxDelaySeconds} s.`,
      'It must be longer than the first delay and shorter than a year.',
    );
  }
}

function checkFunction(task: ContractTask, add: AddError): void {
  if (!(task.timeoutSeconds > 0) || task.timeoutSeconds > LAMBDA.timeoutSeconds) {
    add(
      'MR150',
      `Its timeout is ${task.timeoutSeconds} s; a Lambda function runs at most ${LAMBDA.timeoutSeconds} s.`,
      'Set a timeout of at most minutes(15), or split the work into several tasks.',
    );
  }
  const within = (value: number, [least, most]: readonly [number, number]) =>
    Number.isInteger(value) && value >= least && value <= most;
  if (!within(task.memoryMb, LAMBDA.memoryMb)) {
    add(
      'MR151',
      `Its memory is ${task.memoryMb} MB; Lambda gives ${LAMBDA.memoryMb.join(' to ')} MB, whole numbers.`,
      'Set memoryMb in that range, or work on parts of the data.',
    );
  }
  if (!within(task.ephemeralMb, LAMBDA.ephemeralMb)) {
    add(
      'MR152',
      `Its /tmp is ${task.ephemeralMb} MB; Lambda gives ${LAMBDA.ephemeralMb.join(' to ')} MB.`,
      'Set ephemeralMb in that range.',
    );
  }
}
