import { DoNotRetry } from '../../model/errors';
import type { Checked } from './detect';

/** A dataset is critically unlike its own history: the run must not go on with it. */
export class DatasetAnomalous extends DoNotRetry {
  override readonly name = 'Millrace.DatasetAnomalous';

  constructor(dataset: string, critical: readonly Checked[], report: string) {
    super(
      [
        `${critical.length} critical ${critical.length === 1 ? 'figure' : 'figures'} of '${dataset}' ${critical.length === 1 ? 'is' : 'are'} unlike the history:`,
        ...critical.map((one) => `  ${sentenceOf(one)}`),
        `Report: ${report}`,
      ].join('\n'),
    );
  }
}

/** "mean of amount is 900, expected between 90 and 110". */
export function sentenceOf({ kind, column, what, value, low, high }: Checked): string {
  const name =
    kind === 'rows'
      ? 'number of rows'
      : kind === 'mix'
        ? `share of '${what}' in ${column}`
        : kind === 'missing'
          ? `share missing in ${column}`
          : `${what} of ${column}`;
  const short = (number: number) => Number(number.toPrecision(5));
  return `${name} is ${short(value)}, expected between ${short(low)} and ${short(high)}`;
}
