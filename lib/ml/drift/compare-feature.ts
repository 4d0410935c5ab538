/** How one feature of the current sample differs from the reference: all measures, no verdict. */
import type { DriftRule, FeatureDrift } from '../../tasks/detect-drift';
import type { RawColumn } from '../raw-column';
import { chiSquaredTest } from './chi-squared';
import { jensenShannonOfCounts, psiOfCounts } from './divergence';
import { binNumbers, binTexts, presentNumbers, type BinnedPair } from './feature-shares';
import { ksTwoSample } from './kolmogorov-smirnov';

export interface ComparedFeature {
  readonly measures: Omit<FeatureDrift, 'drifted' | 'reason' | 'adjustedPValue'>;
  /** For a chart; without bins when a sample has no values. */
  readonly bins: BinnedPair;
}

/**
 * Missing values take part in the shares of missing ones only.
 * @throws RangeError when the columns are of different kinds or without rows
 */
export function compareFeature(reference: RawColumn, current: RawColumn, rule: DriftRule): ComparedFeature {
  if (reference.kind !== current.kind)
    throw new RangeError(
      `Column '${reference.name}' is of kind ${reference.kind} in the reference and ${current.kind} now.`,
    );
  const test = reference.kind === 'number' ? rule.numbers : rule.categories;
  const general = {
    column: reference.name,
    kind: reference.kind,
    test,
    missingReference: missingShare(reference),
    missingCurrent: missingShare(current),
  };
  if (general.missingReference === 1 || general.missingCurrent === 1)
    return {
      measures: { ...general, statistic: null, pValue: null, psi: null, jensenShannon: null },
      bins: { labels: [], reference: [], current: [] },
    };
  const numbers =
    reference.kind === 'number' ? [presentNumbers(reference), presentNumbers(current)] : undefined;
  const bins =
    numbers === undefined
      ? binTexts(reference, current, rule)
      : binNumbers(numbers[0]!, numbers[1]!, rule.bins);
  const psi = psiOfCounts(bins.reference, bins.current);
  const jensenShannon = jensenShannonOfCounts(bins.reference, bins.current);
  const measured = (): Pick<FeatureDrift, 'statistic' | 'pValue'> => {
    switch (test) {
      case 'ks':
        return ksTwoSample(numbers![0]!, numbers![1]!);
      case 'chi-squared': {
        const { statistic, pValue } = chiSquaredTest(bins.reference, bins.current);
        return { statistic, pValue };
      }
      case 'psi':
        return { statistic: psi, pValue: null };
      case 'jensen-shannon':
        return { statistic: jensenShannon, pValue: null };
    }
  };
  return { measures: { ...general, ...measured(), psi, jensenShannon }, bins };
}

function missingShare(column: RawColumn): number {
  const rows = column.values.length;
  if (rows === 0) throw new RangeError(`Column '${column.name}' has no rows to compare.`);
  let missing = 0;
  for (const value of column.values) if (value === null || Number.isNaN(value)) missing++;
  return missing / rows;
}
