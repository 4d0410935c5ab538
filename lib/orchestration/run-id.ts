/** Ids of logical runs: at most 80 characters that are legal in the name of an execution and in a key of S3. */
import { createHash } from 'node:crypto';
import type { TriggerType } from '../model/run-context';

const MAX_LENGTH = 80;
const LEGAL = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

export function isRunId(text: string): boolean {
  return text.length <= MAX_LENGTH && LEGAL.test(text);
}

/** `credit-risk--schedule--20261121T060000Z-1f3a5b7c` */
export function launchedRunId(
  pipeline: string,
  trigger: TriggerType,
  logicalDate: string,
  token: string,
): string {
  const stamp = logicalDate.replace(/[-:]|\.\d+/g, '');
  return fitted(`${pipeline}--${trigger}--${stamp}-${digest(token).slice(0, 8)}`);
}

/** Of an execution that was started by hand, under any name that Step Functions allows. */
export function manualRunId(pipeline: string, executionName: string): string {
  const name = LEGAL.test(executionName) ? executionName : digest(executionName).slice(0, 32);
  return fitted(`${pipeline}--manual--${name}`);
}

/** Too long a text is cut and keeps a hash of the whole, so that two never become the same. */
function fitted(text: string): string {
  return text.length <= MAX_LENGTH ? text : `${text.slice(0, MAX_LENGTH - 9)}-${digest(text).slice(0, 8)}`;
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
