import type { z } from 'zod';
import { DoNotRetry } from '../model/errors';

export class InvalidInput extends DoNotRetry {
  override readonly name = 'Millrace.InvalidInput';
}

export class InvalidOutput extends DoNotRetry {
  override readonly name = 'Millrace.InvalidOutput';
}

/** `metrics.auc: expected number, received string`, one line per fault. */
export function issuesToText(error: z.ZodError): string {
  return error.issues.map((issue) => `  ${issue.path.join('.') || '(all)'}: ${issue.message}`).join('\n');
}
