import { DoNotRetry } from '../model/errors';
import type { ExpectationResult } from './validate';

/** Critical expectations failed: the run must not go on with this data. */
export class ValidationFailed extends DoNotRetry {
  override readonly name = 'Millrace.ValidationFailed';

  constructor(suite: string, failed: readonly ExpectationResult[], report: string) {
    super(
      [
        `${failed.length} critical ${failed.length === 1 ? 'expectation' : 'expectations'} of '${suite}' failed:`,
        ...failed.map(
          (result) =>
            `  ${result.expectation.type}${'column' in result.expectation ? ` (${result.expectation.column})` : ''}: ${result.message}`,
        ),
        `Report: ${report}`,
      ].join('\n'),
    );
  }
}
