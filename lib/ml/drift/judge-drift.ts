/** The verdict over all features together, with the correction for many tests. */
import type { DriftRule, FeatureDrift, SchemaChange } from '../../tasks/detect-drift';
import type { ComparedFeature } from './compare-feature';
import { adjustPValues } from './multiple-testing';

export interface DriftVerdict {
  readonly drifted: boolean;
  readonly reason: string;
  /** In the order given. */
  readonly features: readonly FeatureDrift[];
  /** The strongest drift first, by the stability index. */
  readonly driftedFeatures: readonly string[];
  readonly driftedShare: number;
}

export function judgeDrift(
  compared: readonly ComparedFeature[],
  rule: DriftRule,
  schemaChanges: readonly SchemaChange[] = [],
): DriftVerdict {
  const adjusted = adjustPValues(
    compared.map(({ measures }) => measures.pValue ?? Number.NaN),
    rule.correction,
  );
  const features = compared.map(({ measures }, i): FeatureDrift => {
    const p = adjusted[i]!;
    const feature = { ...measures, adjustedPValue: Number.isNaN(p) ? null : p };
    const reason = reasonOf(feature, rule);
    return { ...feature, drifted: reason !== '', reason };
  });
  const strength = (feature: FeatureDrift) => feature.psi ?? Number.POSITIVE_INFINITY;
  const moved = features.filter(({ drifted }) => drifted).sort((a, b) => strength(b) - strength(a));
  const share = features.length === 0 ? 0 : moved.length / features.length;
  const changes = schemaChanges.map(({ column, change, before, after }) =>
    change === 'type' ? `'${column}' is ${after} instead of ${before}` : `'${column}' was ${change}`,
  );
  const drifted = share > rule.share || changes.length > 0;
  const names = moved.slice(0, 5).map(({ column }) => `'${column}'`);
  const counts =
    `${moved.length} of ${features.length} features drifted` +
    (moved.length === 0
      ? ''
      : `: ${names.join(', ')}${moved.length > names.length ? ` and ${moved.length - names.length} more` : ''}`) +
    (rule.share > 0 ? `; more than ${percent(rule.share)} count` : '');
  return {
    drifted,
    reason: `${[counts, ...changes].join('; ')}.`,
    features,
    driftedFeatures: moved.map(({ column }) => column),
    driftedShare: share,
  };
}

/** Why a feature has drifted; empty when it has not. */
function reasonOf(feature: Omit<FeatureDrift, 'drifted' | 'reason'>, rule: DriftRule): string {
  const { missingReference, missingCurrent, adjustedPValue, statistic, test } = feature;
  const reasons: string[] = [];
  if (Math.abs(missingCurrent - missingReference) > rule.missingDifference)
    reasons.push(`missing ${percent(missingCurrent)} instead of ${percent(missingReference)}`);
  if (test === 'psi' || test === 'jensen-shannon') {
    const limit = test === 'psi' ? rule.psi : rule.jensenShannon;
    if (statistic !== null && statistic >= limit)
      reasons.push(`${test} ${statistic.toPrecision(3)} >= ${limit}`);
  } else if (adjustedPValue !== null && adjustedPValue < rule.alpha)
    reasons.push(
      `${test} p = ${Number(adjustedPValue.toPrecision(3))} < ${rule.alpha}${rule.correction === 'none' ? '' : ` (${rule.correction})`}`,
    );
  return reasons.join('; ');
}

function percent(share: number): string {
  return `${Number((share * 100).toPrecision(3))} %`;
}
