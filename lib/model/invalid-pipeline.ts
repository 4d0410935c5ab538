import type { Diagnostic } from './diagnostic';
import { MillraceError } from './errors';

/** A definition that cannot be deployed; the message lists every fault with its place and remedy. */
export class InvalidPipeline extends MillraceError {
  override readonly name = 'Millrace.InvalidPipeline';

  constructor(
    readonly pipeline: string,
    readonly diagnostics: readonly Diagnostic[],
  ) {
    super(
      [
        `Pipeline '${pipeline}' has ${diagnostics.length} ${diagnostics.length === 1 ? 'fault' : 'faults'}:`,
        ...diagnostics.map((d) => `  ${d.code} ${d.path}: ${d.message}\n    ${d.hint}`),
      ].join('\n'),
    );
  }
}
