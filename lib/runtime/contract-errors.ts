/** What breaks a contract, said with path, expectation and value. */
import type { z } from 'zod';
import { DoNotRetry } from '../model/errors';
import { formatPath } from '../model/value';

export class InvalidInput extends DoNotRetry {
  override readonly name = 'Millrace.InvalidInput';
}

export class InvalidOutput extends DoNotRetry {
  override readonly name = 'Millrace.InvalidOutput';
}

const MAX_FAULTS = 20;
const MAX_PREVIEW = 60;
const SECRET = /secret|password|passwd|token|credential|api_?key|webhook/i;

/** `  metrics.auc: expected number, got "high"`, one line per fault. */
export function faultsOf(error: z.ZodError, value: unknown): string {
  const lines = error.issues.map((issue) => {
    const path = issue.path.map((segment) => (typeof segment === 'number' ? segment : String(segment)));
    const expected = issue.message.replace(/^Invalid input: /, '').replace(/, received .*$/s, '');
    return `  ${formatPath(path) || '(all of it)'}: ${expected}, got ${preview(value, path)}`;
  });
  const rest = lines.length - MAX_FAULTS;
  return [...lines.slice(0, MAX_FAULTS), ...(rest > 0 ? [`  and ${rest} more`] : [])].join('\n');
}

/** The beginning of what stands at a path; nothing of it when a name on the way speaks of a secret. */
function preview(value: unknown, path: readonly (string | number)[]): string {
  let here = value;
  for (const segment of path) {
    if (typeof here !== 'object' || here === null) return 'nothing';
    here = (here as Record<string | number, unknown>)[segment];
  }
  if (here === undefined) return 'nothing';
  if (path.some((segment) => SECRET.test(String(segment)))) return `a ${typeof here} that is not shown`;
  if (typeof here === 'object' && here !== null)
    return Array.isArray(here)
      ? `an array of ${here.length}`
      : `an object with ${Object.keys(here).join(', ')}`;
  const text = JSON.stringify(here) ?? typeof here;
  return text.length > MAX_PREVIEW ? `${text.slice(0, MAX_PREVIEW)}… (${text.length} characters)` : text;
}
