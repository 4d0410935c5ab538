import { DoNotRetry } from '../model/errors';
import type { ClassWeight } from '../tasks/class-weight';

/** Class weights as estimators take them: in the order of the classes. @throws DoNotRetry for an unknown class */
export function classWeightsOf(
  weight: ClassWeight,
  labels: readonly string[],
): 'balanced' | readonly number[] | undefined {
  if (weight === undefined || weight === 'balanced') return weight;
  const unknown = Object.keys(weight).filter((label) => !labels.includes(label));
  if (unknown.length > 0)
    throw new DoNotRetry(
      `There is no class '${unknown.join("', '")}' to weigh; classes: ${labels.join(', ')}.`,
    );
  return labels.map((label) => weight[label] ?? 1);
}
